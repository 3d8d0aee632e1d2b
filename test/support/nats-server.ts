/** A real nats-server with JetStream, that can be killed and started again on the same port and files. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const startDeadlineMs = 20_000;

export class NatsServer {
  readonly url: string;
  readonly #port: number;
  readonly #folder: string;
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(port: number, folder: string, args: readonly string[]) {
    this.url = `nats://127.0.0.1:${port}`;
    this.#port = port;
    this.#folder = folder;
    this.#args = args;
  }

  /** Does not run yet. */
  static async create(args: readonly string[] = []): Promise<NatsServer> {
    const folder = await mkdtemp(join(tmpdir(), 'undertone-nats-'));
    return new NatsServer(await freePort(), folder, args);
  }

  /** Resolves when it answers. */
  async start(): Promise<void> {
    const args = ['-js', '-sd', this.#folder, '-a', '127.0.0.1', '-p', String(this.#port), ...this.#args];
    const child = spawn('nats-server', args, { stdio: 'ignore' });
    await once(child, 'spawn');
    this.#child = child;
    const untilMs = performance.now() + startDeadlineMs;
    while (!(await answers(this.#port))) {
      if (child.exitCode !== null) throw new Error(`nats-server ended with ${child.exitCode}.`);
      if (performance.now() > untilMs) throw new Error('nats-server does not answer.');
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
