/** The server as a child process, and what it reports about itself. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));

export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  static async start(args: readonly string[]): Promise<ServerProcess> {
    const command = ['--conditions=@undertone/source', '--import', 'tsx', main, '--port', '0', ...args];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    // Should the generator fail, the server does not stay behind.
    process.once('exit', () => child.kill('SIGKILL'));
    const [line] = await Promise.race([
      once(child.stdout!, 'data'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`The server ended with code ${code} before it listened.`);
      }),
    ]);
    return new ServerProcess(child, String(line).trim().split(' ').at(-1)!);
  }

  /** Time between two decisions of its model. */
  async stepMs(): Promise<number> {
    const { models } = (await (await this.#get('/v1/models')).json()) as { models: { step_ms: number }[] };
    return models[0]!.step_ms;
  }

  /** CPU of all its threads since it began. */
  async cpuSeconds(): Promise<number> {
    const text = await (await this.#get('/metrics')).text();
    const found = /^process_cpu_seconds_total (\S+)/m.exec(text);
    if (!found) throw new Error('The server has no metric process_cpu_seconds_total.');
    return Number(found[1]);
  }

  /** Greatest resident memory since it began; 0 where the system does not tell. */
  rssPeakBytes(): number {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
    } catch {
      return 0;
    }
  }

  #get(path: string): Promise<Response> {
    return fetch(this.url.replace('ws:', 'http:').replace('/v1/stream', path));
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}
