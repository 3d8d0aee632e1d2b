/** JSON lines that a process logs on standard error. */
import type { ChildProcess } from 'node:child_process';

type LogLine = Readonly<Record<string, unknown>>;

/** The first line of this message. @throws Error with what was logged when the process ends before */
export function firstLog(child: ChildProcess, message: string): Promise<LogLine> {
  return new Promise((resolve, reject) => {
    let logs = '';
    child.stderr!.on('data', (text) => {
      logs += String(text);
      const lines = logs
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('{'));
      const found = lines.map((line) => JSON.parse(line) as LogLine).find(({ msg }) => msg === message);
      if (found) resolve(found);
    });
    child.once('exit', (code) => reject(new Error(`It ended with ${code} before "${message}": ${logs}`)));
  });
}
