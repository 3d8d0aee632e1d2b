/** A real redis-server that writes down what it does, and can be killed and started again on the same port and files. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const startDeadlineMs = 20_000;

export class RedisServer {
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.url = `redis://127.0.0.1:${port}`;
    this.#port = port;
    this.#folder = folder;
    this.#args = args;
  }

  /** Does not run yet. */
  static async create(args: readonly string[] = []): Promise<RedisServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return new RedisServer(port, await mkdtemp(join(tmpdir(), 'undertone-redis-')), args);
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const args = ['--bind', '127.0.0.1', '--port', String(this.#port), '--dir', this.#folder, '--save', ''];
    const child = spawn('redis-server', [...args, '--appendonly', 'yes', ...this.#args], { stdio: 'ignore' });
    await once(child, 'spawn');
    this.#child = child;
    const untilMs = performance.now() + startDeadlineMs;
    while (!(await answers(this.#port))) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}.`);
      if (performance.now() > untilMs) throw new Error('redis-server does not answer.');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** As a power cut would, for the process. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Stands still without closing anything, until `resume`. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** With or without a password; not while it reads its files. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(!String(data).startsWith('-LOADING'));
    });
    socket.once('error', () => resolve(false));
  });
}
