/** The server as its users run it (the built program, a process of its own), and what the system says it spends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url));
/** USER_HZ, which Linux fixes at 100 for /proc. */
const ticksPerSecond = 100;
/** Those of the executable's first line. */
const nodeFlags = ['--initial-old-space-size=256'];

export interface ServerProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Default: free ones. */
  readonly port?: number;
  readonly adminPort?: number;
}

export class ServerProcess {
  readonly url: string;
  /** `grpc://host:port` */
  readonly grpcUrl: string;
  /** Of the admin listener. */
  readonly adminUrl: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string, grpcPort: number, adminPort: number) {
    this.#child = child;
    this.url = url;
    this.grpcUrl = `grpc://127.0.0.1:${grpcPort}`;
    this.adminUrl = `http://127.0.0.1:${adminPort}`;
  }

  /** Starts it on a free port. @throws Error when it ends before it listens */
  static async start(args: readonly string[], options: ServerProcessOptions = {}): Promise<ServerProcess> {
    const [grpcPort, adminPort] = [await freePort(), options.adminPort ?? (await freePort())];
    const ports = [
      '--port',
      String(options.port ?? 0),
      '--grpc-port',
      String(grpcPort),
      '--admin-port',
      String(adminPort),
    ];
    const command = [...nodeFlags, main, ...ports, ...args];
    const child = spawn(process.execPath, command, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...options.env },
    });
    // Should the benchmark fail, the server does not stay behind.
    process.once('exit', () => child.kill('SIGKILL'));
    const listening = new Promise<string>((resolve) => {
      let output = '';
      child.stdout!.on('data', (chunk) => {
        output += String(chunk);
        const found = /listening on (\S+)/.exec(output)?.[1];
        if (found) resolve(found);
      });
    });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`The server ended with code ${code} before it listened.`);
    });
    ended.catch(() => {});
    return new ServerProcess(child, await Promise.race([listening, ended]), grpcPort, adminPort);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Time between two decisions of its model. */
  async stepMs(): Promise<number> {
    const models = await fetch(this.url.replace('ws:', 'http:').replace('/v1/stream', '/v1/models'));
    return ((await models.json()) as { models: { step_ms: number }[] }).models[0]!.step_ms;
  }

  /** Longest time for which its main thread answered nobody since this was asked last: no refusal took the server longer. */
  async worstPauseMs(): Promise<number> {
    return (await this.#metric('undertone_event_loop_lag_seconds')) * 1000;
  }

  /** Streams that are open. */
  streams(): Promise<number> {
    return this.#sum('undertone_sessions_active');
  }

  /** Streams that may be open at a time, as it has measured so far. */
  capacity(): Promise<number> {
    return this.#metric('undertone_session_capacity');
  }

  /** Over all labels. */
  async #sum(name: string): Promise<number> {
    const metrics = await this.#metrics();
    const values = [...metrics.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'gm'))];
    return values.reduce((sum, [, value]) => sum + Number(value), 0);
  }

  async #metrics(): Promise<string> {
    return (await fetch(`${this.adminUrl}/metrics`)).text();
  }

  async #metric(name: string): Promise<number> {
    const metrics = await this.#metrics();
    const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)?.[1];
    if (value === undefined) throw new Error(`The server has no metric ${name}.`);
    return Number(value);
  }

  /** CPU of all its threads since it began, in the kernel and outside it, to 10 ms. */
  cpuSeconds(): number {
    return cpuSecondsOf(`/proc/${this.pid}/stat`);
  }

  /** The same by thread, largest first; threads of one name are added up. */
  cpuSecondsByThread(): readonly { readonly name: string; readonly seconds: number }[] {
    const sums = new Map<string, number>();
    for (const thread of readdirSync(`/proc/${this.pid}/task`)) {
      const folder = `/proc/${this.pid}/task/${thread}`;
      const main = Number(thread) === this.pid;
      const name = main ? 'main thread' : readFileSync(`${folder}/comm`, 'utf8').trim();
      sums.set(name, (sums.get(name) ?? 0) + cpuSecondsOf(`${folder}/stat`));
    }
    return [...sums].map(([name, seconds]) => ({ name, seconds })).sort((a, b) => b.seconds - a.seconds);
  }

  rssBytes(): number {
    return this.#statusBytes('VmRSS');
  }

  /** Greatest resident memory since it began. */
  rssPeakBytes(): number {
    return this.#statusBytes('VmHWM');
  }

  #statusBytes(field: string): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  }

  /** Stands still without closing anything, until `resume`. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** As by a machine that fails: nothing is told to anyone. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await exited;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Fields 14 and 15 of proc(5); the name before them may hold spaces and brackets. */
export function cpuSecondsOf(path: string): number {
  const stat = readFileSync(path, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
