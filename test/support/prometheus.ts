/** A real Prometheus (Debian's) that reads its targets from a file, with the rules of the product at a faster pace. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const rules = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url));
const secondsOf: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const startDeadlineMs = 30_000;

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  /** Of a query at one moment. */
  readonly value: readonly [atSeconds: number, value: string];
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [atSeconds: number, value: string])[];
}

/** Every duration of rules (windows, offsets, `for`), divided by one number. */
export function hurried(text: string, factor: number): string {
  return text.replaceAll(
    /(\[|offset |for: )(\d+)([smhd])/g,
    (_, before: string, count: string, unit: string) =>
      `${before}${Math.round((Number(count) * secondsOf[unit]! * 1000) / factor)}ms`,
  );
}

export class PrometheusServer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #targets = new Map<string, readonly string[]>();

  private constructor(child: ChildProcess, folder: string, port: number) {
    this.#child = child;
    this.#folder = folder;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param factor by which windows are shortened */
  static async start(factor: number, intervalMs: number): Promise<PrometheusServer> {
    const folder = mkdtempSync(join(tmpdir(), 'undertone-prometheus-'));
    for (const file of ['recording-rules.yml', 'alert-rules.yml'])
      writeFileSync(join(folder, file), hurried(readFileSync(rules + file, 'utf8'), factor));
    writeFileSync(join(folder, 'targets.json'), '[]');
    const config = {
      global: { scrape_interval: `${intervalMs}ms`, evaluation_interval: `${intervalMs}ms` },
      rule_files: ['recording-rules.yml', 'alert-rules.yml'],
      scrape_configs: [{ job_name: 'file', file_sd_configs: [{ files: ['targets.json'] }] }],
    };
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    const port = await freePort();
    const child = spawn(
      'prometheus',
      [
        `--config.file=${join(folder, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    await once(child, 'spawn');
    process.once('exit', () => child.kill('SIGKILL'));
    const server = new PrometheusServer(child, folder, port);
    const untilMs = performance.now() + startDeadlineMs;
    while (
      !(await fetch(`${server.url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (performance.now() > untilMs) throw new Error('Prometheus does not answer.');
      await sleep(50);
    }
    return server;
  }

  /** What is scraped as this job from now on; none takes it away. @param targets `host:port` */
  setTargets(job: string, targets: readonly string[]): void {
    this.#targets.set(job, targets);
    const all = [...this.#targets].map(([name, each]) => ({ targets: each, labels: { job: name } }));
    writeFileSync(join(this.#folder, 'next.json'), JSON.stringify(all));
    renameSync(join(this.#folder, 'next.json'), join(this.#folder, 'targets.json'));
  }

  /** @throws Error with what Prometheus says of the query */
  async query(expr: string): Promise<readonly Sample[]> {
    return (await this.#ask('query', { query: expr })) as readonly Sample[];
  }

  async range(
    expr: string,
    fromSeconds: number,
    toSeconds: number,
    step: number,
  ): Promise<readonly Series[]> {
    const times = { start: String(fromSeconds), end: String(toSeconds), step: String(step) };
    return (await this.#ask('query_range', { query: expr, ...times })) as readonly Series[];
  }

  async #ask(path: string, body: Record<string, string>): Promise<unknown> {
    const answer = await fetch(`${this.url}/api/v1/${path}`, {
      method: 'POST',
      body: new URLSearchParams(body),
    });
    const parsed = (await answer.json()) as { error?: string; data?: { result: unknown } };
    if (!parsed.data) throw new Error(`${parsed.error}: ${body.query}`);
    return parsed.data.result;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
