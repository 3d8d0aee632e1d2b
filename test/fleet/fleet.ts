/** Servers that share a key of checkpoints and a nats-server, behind HAProxy: all of them real, each a process. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, ServerProcess } from '../load/server-process.ts';
import { testModelFolder } from '../support/model.ts';
import { NatsServer } from '../support/nats-server.ts';
import { Haproxy } from './haproxy.ts';

/** Places that the configuration of HAProxy has. */
const places = 4;
const readyDeadlineMs = 20_000;

export class Fleet {
  readonly natsStream = 'results';
  readonly nats: NatsServer;
  readonly #env: Readonly<Record<string, string>>;
  readonly #ports: readonly number[];
  readonly #adminPorts: readonly number[];
  readonly #servers = new Map<number, ServerProcess>();
  #balancer: Haproxy | null = null;

  private constructor(nats: NatsServer, ports: readonly number[], adminPorts: readonly number[]) {
    this.nats = nats;
    this.#ports = ports;
    this.#adminPorts = adminPorts;
    this.#env = {
      UNDERTONE_CHECKPOINT_KEY: randomBytes(32).toString('base64url'),
      UNDERTONE_NATS_URL: nats.url,
      UNDERTONE_NATS_STREAM: this.natsStream,
    };
  }

  /** @throws Error */
  static async start(servers: number): Promise<Fleet> {
    const nats = await NatsServer.create();
    const ports: number[] = [];
    for (let i = 0; i < 2 * places; i++) ports.push(await freePort());
    const fleet = new Fleet(nats, ports.slice(0, places), ports.slice(places));
    try {
      await nats.start();
      await Promise.all(Array.from({ length: servers }, (_, place) => fleet.open(place)));
      fleet.#balancer = await Haproxy.start({ front: await freePort(), servers: fleet.#ports });
      return fleet;
    } catch (error) {
      await fleet.close();
      throw error;
    }
  }

  /** What clients are told. */
  get url(): string {
    return this.#balancer!.url;
  }

  /** Of all places, filled or not, as `host:port`. */
  get adminAddresses(): readonly string[] {
    return this.#adminPorts.map((port) => `127.0.0.1:${port}`);
  }

  /** @returns time from its start until it took streams */
  async open(place: number): Promise<number> {
    const startMs = performance.now();
    const args = ['--model', testModelFolder(), '--log-level', 'error', '--max-utilisation', '1'];
    const server = await ServerProcess.start(args, {
      env: this.#env,
      port: this.#ports[place]!,
      adminPort: this.#adminPorts[place]!,
    });
    this.#servers.set(place, server);
    while (!(await fetch(`${server.adminUrl}/readyz`)).ok) {
      if (performance.now() - startMs > readyDeadlineMs) throw new Error('A server does not become ready.');
      await sleep(20);
    }
    return performance.now() - startMs;
  }

  /** As Kubernetes ends a pod. @returns time until it was gone */
  async drain(place: number): Promise<number> {
    const startMs = performance.now();
    await this.#server(place).stop();
    this.#servers.delete(place);
    return performance.now() - startMs;
  }

  kill(place: number): void {
    this.#server(place).kill();
    this.#servers.delete(place);
  }

  async freeze(place: number, forMs: number): Promise<void> {
    const server = this.#server(place);
    server.freeze();
    await sleep(forMs);
    server.resume();
  }

  /** Open streams by place; null where no server is. */
  load(): Promise<readonly (number | null)[]> {
    return Promise.all(this.#ports.map((_, place) => this.#servers.get(place)?.streams() ?? null));
  }

  /** In the sinks, what waits is gone: servers end in order. */
  async close(): Promise<void> {
    await this.closeServers();
    await this.nats.remove();
  }

  async closeServers(): Promise<void> {
    await this.#balancer?.stop();
    await Promise.all([...this.#servers.values()].map((server) => server.stop()));
    this.#servers.clear();
  }

  #server(place: number): ServerProcess {
    const server = this.#servers.get(place);
    if (!server) throw new Error(`No server at place ${place}.`);
    return server;
  }
}
