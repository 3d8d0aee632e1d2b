/**
 * A service with everything that dashboards show: a server with NATS, a webhook that refuses and one that often fails, one that is full, a worker, and
 * callers at every kind of door. From source, so that tests need no build.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { archiveNames } from '@undertone/proto';
import { MediaStreamCaller, pieces, telephoneSpeech } from '../support/media-stream-caller.ts';
import { testModelFolder } from '../support/model.ts';
import { NatsServer } from '../support/nats-server.ts';
import { freePort, type PrometheusServer } from '../support/prometheus.ts';
import { startServer } from '../support/server.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';
import { makeQueue, recordings, writeRecording } from './archive-recordings.ts';
import { WorkerProcess } from './worker-process.ts';

const packetBytes = 6400;
const packetEveryMs = 60;
const names = archiveNames('default');

/** Runs until it is closed, in whatever order things came. */
export class MonitoredService {
  readonly #closing: (() => unknown)[] = [];
  readonly #ended = new AbortController();
  readonly #running: Promise<void>[] = [];

  /** Tells Prometheus what to scrape. */
  static async start(prometheus: PrometheusServer): Promise<MonitoredService> {
    const service = new MonitoredService();
    try {
      await service.#open(prometheus);
    } catch (cause) {
      await service.close();
      throw cause;
    }
    return service;
  }

  async close(): Promise<void> {
    this.#ended.abort();
    await Promise.allSettled(this.#running);
    for (const close of this.#closing.splice(0).reverse()) await close();
  }

  async #open(prometheus: PrometheusServer): Promise<void> {
    const nats = await NatsServer.create();
    this.#closing.push(() => nats.remove());
    await nats.start();
    const common = { rateLimit: 0, workers: 1 };
    const server = await startServer({
      ...common,
      alerts: 'on',
      alertRules: await this.#rulesOfCalls(),
      natsUrl: [nats.url],
      natsStream: 'results',
      webhookUrl: [await this.#hook(() => 400), await this.#hook(() => (Math.random() < 0.3 ? 503 : 200))],
      webhookSecret: [`whsec_${Buffer.alloc(24, 1).toString('base64')}`],
    });
    this.#closing.push(() => server.close());
    const full = await startServer({ ...common, maxSessions: 1 });
    this.#closing.push(() => full.close());
    const held = await StreamClient.open(full.url);
    this.#closing.push(() => held.socket.terminate());
    const worker = await this.#worker(nats);
    prometheus.setTargets(
      'undertone',
      [server.adminUrl!, full.adminUrl!].map((url) => new URL(url).host),
    );
    prometheus.setTargets('undertone-worker', [worker]);
    this.#repeat(() => talk(server.url, false));
    this.#repeat(() => talk(server.url, true));
    this.#repeat(() => call(server.url));
    this.#repeat(async () => {
      await new StreamClient(full.url).closed;
      await sleep(300);
    });
  }

  #repeat(once: () => Promise<void>): void {
    const run = async (): Promise<void> => {
      while (!this.#ended.signal.aborted) await once();
    };
    this.#running.push(run());
  }

  /** Of conversations; one that the speech of tests is sure to meet. */
  async #rulesOfCalls(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'undertone-rules-'));
    this.#closing.push(() => rm(folder, { recursive: true, force: true }));
    const rule = {
      name: 'awake',
      kind: 'sustained',
      dimension: 'arousal',
      on: -0.9,
      off: -0.95,
      durationMs: 2000,
    };
    await writeFile(join(folder, 'rules.json'), JSON.stringify({ rules: [rule] }));
    return join(folder, 'rules.json');
  }

  async #hook(status: () => number): Promise<string> {
    const hook = createServer((request, response) => {
      request.resume();
      response.writeHead(status()).end();
    }).listen(0, '127.0.0.1');
    await once(hook, 'listening');
    this.#closing.push(() => {
      hook.closeAllConnections();
      hook.close();
    });
    return `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
  }

  /** @returns address of its metrics */
  async #worker(nats: NatsServer): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'undertone-recordings-'));
    this.#closing.push(() => rm(folder, { recursive: true, force: true }));
    const connection = await connect({ servers: nats.url });
    this.#closing.push(() => connection.close());
    const js = jetstream(connection);
    await makeQueue(js, names);
    await writeRecording(folder, 'good.wav', (await recordings())(0, 20));
    await writeRecording(folder, 'bad.wav', Buffer.from('no audio at all'));
    const port = await freePort();
    const worker = WorkerProcess.start(
      [
        ...[
          '--model',
          testModelFolder(),
          '--workers',
          '1',
          '--log-level',
          'silent',
          '--archive-root',
          folder,
        ],
        ...['--nats-url', nats.url, '--nats-stream', 'results', '--admin-port', String(port)],
      ],
      false,
    );
    this.#closing.push(() => worker.kill());
    await worker.working;
    let job = 0;
    this.#repeat(async () => {
      const [id, source] = job % 5 === 4 ? [`bad${job}`, 'file:bad.wav'] : [`good${job}`, 'file:good.wav'];
      job++;
      await js.publish(names.jobSubject(id), JSON.stringify({ id, source, params: {} }));
      await sleep(500);
    });
    return `127.0.0.1:${port}`;
  }
}

/** One stream, faster than speech. Snippets of 200 ms in silence give segments without enough speech. */
async function talk(url: string, inSnippets: boolean): Promise<void> {
  const all = bytesOf(speech('speech_angry_f', 'speech_sad_m', 'speech_calm_m', 'speech_happy_f'));
  if (inSnippets)
    for (let at = packetBytes; at < all.length; at += packetBytes)
      if ((at / packetBytes) % 8 !== 0) all.fill(0, at, at + packetBytes);
  await send(url, all);
}

async function send(url: string, all: Uint8Array): Promise<void> {
  const client = await StreamClient.open(url);
  for (let at = 0; at < all.length; at += packetBytes) {
    client.sendAudio(all.subarray(at, at + packetBytes));
    await sleep(packetEveryMs);
  }
  await client.finish();
}

/** A call of the telephone, some of whose messages come late. */
async function call(url: string): Promise<void> {
  const caller = await MediaStreamCaller.connect(`${url.replace('/v1/stream', '')}/v1/twilio`);
  caller.start(['inbound']);
  const all = pieces('inbound', telephoneSpeech('speech_angry_f', 'speech_sad_m'), 800);
  for (const [i, piece] of all.entries()) {
    caller.media(piece);
    if (i > 20 && i % 10 === 0) caller.media(all[i - 15]!);
    await sleep(packetEveryMs / 2);
  }
  caller.stop();
  await caller.closed;
}
