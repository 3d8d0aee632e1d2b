/** A worker as its users run it, a process of its own: built, or from source where tests run without a build. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { cpuSecondsOf } from './server-process.ts';

const built = [
  '--initial-old-space-size=256',
  fileURLToPath(new URL('../../server/dist/main.js', import.meta.url)),
];
const fromSource = [
  ...['--conditions=@undertone/source', '--import', 'tsx'],
  fileURLToPath(new URL('../../server/src/main.ts', import.meta.url)),
];

export class WorkerProcess {
  readonly #child: ChildProcess;
  /** Resolves with the exit code, null after a signal. */
  readonly ended: Promise<number | null>;
  /** Resolves when it takes recordings; rejects when it ends before. */
  readonly working: Promise<void>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.ended = once(child, 'exit').then(([code]) => code as number | null);
    this.working = new Promise((resolve, reject) => {
      let output = '';
      child.stdout!.on('data', (chunk) => {
        output += String(chunk);
        if (output.includes('working for tenant')) resolve();
      });
      child.once('exit', (code) =>
        reject(new Error(`The worker ended with ${code} before it took recordings.`)),
      );
    });
    this.working.catch(() => {});
  }

  static start(args: readonly string[], isBuilt = true): WorkerProcess {
    const command = [...(isBuilt ? built : fromSource), 'worker', ...args];
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    // Should the caller fail, the worker does not stay behind.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    return new WorkerProcess(child);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** CPU of all its threads since it began, to 10 ms. */
  cpuSeconds(): number {
    return cpuSecondsOf(`/proc/${this.#child.pid}/stat`);
  }

  /** As by a machine that fails. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** @returns the exit code */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.ended;
  }
}
