/** A real HAProxy with the configuration of deploy/fleet. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const configuration = fileURLToPath(new URL('../../deploy/fleet/haproxy.cfg', import.meta.url));

export interface HaproxyPorts {
  readonly front: number;
  /** As many as the configuration has places. */
  readonly servers: readonly number[];
}

/** @returns what HAProxy says is wrong with the configuration; empty where nothing is */
export function haproxyProblems(ports: HaproxyPorts): string {
  const { status, stderr } = spawnSync('haproxy', ['-c', '-f', configuration], {
    env: environment(ports),
    encoding: 'utf8',
  });
  const said = (stderr ?? '').trim();
  return status === 0 ? said : said || `haproxy ended with ${status ?? 'nothing: is it installed?'}.`;
}

export class Haproxy {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `ws://127.0.0.1:${port}/v1/stream`;
  }

  /** Resolves when a server answers through it. @throws Error */
  static async start(ports: HaproxyPorts): Promise<Haproxy> {
    const problems = haproxyProblems(ports);
    if (problems) throw new Error(problems);
    const child = spawn('haproxy', ['-db', '-f', configuration], {
      stdio: 'ignore',
      env: environment(ports),
    });
    process.once('exit', () => child.kill('SIGKILL'));
    await once(child, 'spawn');
    const untilMs = performance.now() + 10_000;
    const isReady = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${ports.front}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isReady())) {
      if (child.exitCode !== null) throw new Error(`haproxy ended with ${child.exitCode}.`);
      if (performance.now() > untilMs) throw new Error('No server answers through haproxy.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return new Haproxy(child, ports.front);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }
}

function environment({ front, servers }: HaproxyPorts): NodeJS.ProcessEnv {
  const places = servers.map((port, i) => [`FLEET_SERVER_${i + 1}`, String(port)] as const);
  return { ...process.env, FLEET_PORT: String(front), ...Object.fromEntries(places) };
}
