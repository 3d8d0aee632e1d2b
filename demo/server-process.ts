/** An Undertone server in a process of its own, as in production. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface ServerProcess {
  readonly url: string;
  /** Resolves when the process is gone. Idempotent. */
  stop(): Promise<void>;
}

/**
 * On a free port of this machine. It ends with this process, however that ends short of a SIGKILL.
 * @param args further flags of the server
 * @param signal stops a server that has not started yet
 * @throws Error with what the server said when it does not start
 */
export async function startServer(args: readonly string[], signal: AbortSignal): Promise<ServerProcess> {
  const flags = ['--host', '127.0.0.1', '--port', '0', '--log-level', 'error', ...args];
  // The same flags for Node, so that the demo runs from source as well as from the build.
  const child = spawn(process.execPath, [...process.execArgv, serverMain(), ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = (): void => void child.kill('SIGTERM');
  process.once('exit', kill);
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => {
      process.off('exit', kill);
      resolve();
    });
  });
  signal.addEventListener('abort', kill, { once: true });
  const url = await listeningUrl(child);
  signal.removeEventListener('abort', kill);
  return {
    url,
    stop: async () => {
      kill();
      await exited;
    },
  };
}

/** The executable lies beside the package's entry, which is where Node looks for the package. */
function serverMain(): string {
  const entry = fileURLToPath(import.meta.resolve('@undertone/server'));
  return entry.replace(/index\.(js|ts)$/, 'main.$1');
}

function listeningUrl(child: ChildProcessByStdio<null, Readable, Readable>): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = /^listening on (\S+)$/m.exec(output);
      if (found) resolve(found[1]!);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-4000);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      reject(
        new Error(`Expected the server to start; it ended with code ${code} and said: ${errors.trim()}`),
      );
    });
  });
}
