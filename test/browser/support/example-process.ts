/** A server program of `examples/`, as a user starts it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ExampleProcess {
  readonly origin: string;
  stop(): Promise<void>;
}

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** @param file within `examples/` */
export async function startExample(file: string, env: NodeJS.ProcessEnv): Promise<ExampleProcess> {
  const child = spawn(process.execPath, [`${root}examples/${file}`], {
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = once(child, 'close');
  let said = '';
  const origin = await new Promise<string>((resolve, reject) => {
    const hear = (text: string): void => {
      said += text;
      const found = /^listening on (\S+)$/m.exec(said);
      if (found) resolve(found[1]!);
    };
    child.stdout.setEncoding('utf8').on('data', hear);
    child.stderr.setEncoding('utf8').on('data', hear);
    child.once('close', () => reject(new Error(`Expected ${file} to listen; it said: ${said}`)));
  });
  return {
    origin,
    stop: async () => {
      child.kill();
      await gone;
    },
  };
}
