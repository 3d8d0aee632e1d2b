/** The operators' view over real HTTP: who may look, what is seen, and what befalls those that read too slowly. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get as httpGet, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterAll, afterEach, describe, expect, expectTypeOf, test } from 'vitest';
import { WebSocket } from 'ws';
import type {
  OperatorChange,
  OperatorEnd,
  OperatorOverview,
  OperatorStream,
} from '../../console/src/operator/overview.ts';
import { hashApiKey, newApiKey } from '../../server/src/auth/api-key.ts';
import { formatKeyFile } from '../../server/src/auth/key-file.ts';
import type * as served from '../../server/src/operator/overview.ts';
import { get, metric, startServer } from '../support/server.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-operator-'));
const keysFile = join(folder, 'keys.json');
const operatorKey = newApiKey();
const callerKey = newApiKey();
writeFileSync(
  keysFile,
  formatKeyFile([
    { id: 'supervisor', sha256: hashApiKey(operatorKey), operator: true },
    { id: 'caller-of-the-first-floor', sha256: hashApiKey(callerKey) },
  ]),
);
afterAll(() => rmSync(folder, { recursive: true }));

const path = '/v1/operator/overview';
const events = '/v1/operator/events';
const audio = bytesOf(speech('speech_happy_f', 'speech_sad_m'));
let server: UndertoneServer;
let close = async (): Promise<void> => {};
const readers: Reader[] = [];
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  await close();
});
const start = async (config: Partial<ServerConfig> = {}): Promise<void> => {
  server = await startServer({ rateLimit: 0, shutdownGraceMs: 500, ...config });
  close = () => server.close();
};

async function overview(): Promise<OperatorOverview> {
  const response = await get(server, path);
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return (await response.json()) as OperatorOverview;
}

/** Reads the events of a server as a page does. */
class Reader {
  readonly seen: { readonly event: string; readonly data: unknown }[] = [];
  readonly ended: Promise<void>;
  readonly #response: IncomingMessage;

  private constructor(response: IncomingMessage) {
    this.#response = response;
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const match = /^event: (\w+)\ndata: (.*)$/.exec(block);
        if (match) this.seen.push({ event: match[1]!, data: JSON.parse(match[2]!) });
      }
    });
    response.on('error', () => {});
    this.ended = new Promise((resolve) => response.once('close', resolve));
  }

  static async open(): Promise<Reader> {
    const asked = httpGet(`http://127.0.0.1:${server.port}${events}`);
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const reader = new Reader(response);
    readers.push(reader);
    await expect.poll(() => reader.seen.length).toBeGreaterThan(0);
    return reader;
  }

  changes(): OperatorChange[] {
    return this.seen.filter(({ event }) => event === 'change').map(({ data }) => data as OperatorChange);
  }

  close(): void {
    this.#response.destroy();
  }
}

/** Names of fields and kinds of values. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value;
  // A label may be null, where the recogniser abstains.
  const shape = ([name, each]: [string, unknown]) => [name, name === 'label' ? 'label' : shapeOf(each)];
  return Object.fromEntries(Object.entries(value).map(shape));
}

test('server and console mean the same by it', () => {
  expectTypeOf<served.OperatorOverview>().toEqualTypeOf<OperatorOverview>();
  expectTypeOf<served.OperatorEndReason>().toEqualTypeOf<OperatorEnd['reason']>();
});

describe('an overview', () => {
  test('shows each stream by what is heard in it, and nothing of who it is', async () => {
    await start();
    const query =
      'channels=2&channel_roles=customer,agent&interval_ms=250&tag=tag-of-mine&metadata.customer=number-17';
    const client = await StreamClient.open(server.url, query);
    const both = new Uint8Array(2 * audio.length);
    for (let i = 0; i < audio.length; i += 2) both.set(audio.subarray(i, i + 2), 2 * i);
    client.sendAudio(both, 6400);
    await expect.poll(async () => (await overview()).streams[0]?.channels[0]?.result?.isFinal).toBe(true);
    client.sendMessage({ type: 'Pause' });
    await expect.poll(async () => (await overview()).streams[0]?.state).toBe('paused');

    const { at, totals, streams } = await overview();
    expect(Date.parse(at)).toBeGreaterThan(Date.now() - 60_000);
    expect(totals).toEqual({
      streams: 1,
      capacity: expect.any(Number),
      loadRatio: expect.any(Number),
      opened: 1,
      refused: 0,
      isDraining: false,
    });
    const begin = await client.first('Begin');
    const last = client.of('Emotion').at(-1)!;
    const line = { mean: expect.any(Number), slope: expect.any(Number) };
    const expected: OperatorStream = {
      id: begin.session_id,
      door: 'websocket',
      model: `${begin.model.name}@${begin.model.version}`,
      state: 'paused',
      startedAt: expect.any(String),
      seconds: audio.length / 32_000,
      lagMs: expect.any(Number),
      channels: [
        {
          channel: 0,
          role: 'customer',
          isAnalysed: true,
          result: {
            label: last.label,
            confidence: expect.closeTo(last.confidence, 3),
            sentiment: last.sentiment.label,
            isFinal: last.is_final,
            atSeconds: expect.closeTo(last.end, 2),
          },
          trend: { valence: line, arousal: line },
          alerts: [],
        },
        { channel: 1, role: 'agent', isAnalysed: false, result: null, trend: null, alerts: [] },
      ],
    };
    expect(streams).toEqual([{ ...expected, seconds: expect.closeTo(expected.seconds, 1) }]);
    const text = JSON.stringify(await overview());
    expect(text).not.toMatch(/tag-of-mine|number-17|127\.0\.0\.1|anonymous/);
    client.socket.terminate();
    await expect.poll(async () => (await overview()).streams).toEqual([]);
    expect((await overview()).totals.opened).toBe(1);
  });

  test('has the fields that the documentation shows', async () => {
    await start();
    const client = await StreamClient.open(server.url, 'channels=2&interval_ms=250');
    const both = new Uint8Array(2 * audio.length);
    for (let i = 0; i < audio.length; i += 2) both.set(audio.subarray(i, i + 2), 2 * i);
    client.sendAudio(both, 6400);
    await expect.poll(async () => (await overview()).streams[0]?.channels[0]?.trend).toBeTruthy();
    const guide = readFileSync('docs/operations.md', 'utf8');
    const shown = /An overview:\n\n```json\n(.*?)```/s.exec(guide)![1]!;
    expect(shapeOf(await overview())).toEqual(shapeOf(JSON.parse(shown)));
    client.socket.terminate();
  });

  test('keeps what an agent sounds like to itself', async () => {
    await start({ allowRole: ['agent'] });
    const client = await StreamClient.open(server.url, 'channel_roles=agent&analyze=agent&purpose=safety');
    client.sendAudio(audio, 3200);
    await client.first('Emotion');
    const [stream] = (await overview()).streams;
    expect(stream!.channels).toEqual([
      { channel: 0, role: 'agent', isAnalysed: true, result: null, trend: null, alerts: [] },
    ]);
    client.socket.terminate();
  });

  test('counts who was refused, and says when the server is draining and streams move', async () => {
    await start({ drainSeconds: 2 });
    await new StreamClient(`${server.url}?sample_rate=1`).closed;
    expect((await overview()).totals.refused).toBe(1);
    const client = await StreamClient.open(server.url, 'resume=true');
    const waiting = (await overview()).streams;
    expect(waiting).toMatchObject([{ state: 'moving', seconds: 0, channels: [] }]);
    const stays = await StreamClient.open(server.url);
    const closing = server.close();
    await expect.poll(async () => (await overview()).totals.isDraining).toBe(true);
    expect((await get(server, events)).status).toBe(503);
    client.socket.terminate();
    stays.socket.terminate();
    await closing;
  });
});

describe('events', () => {
  test('begin with everything, then say what has changed, at most once a second, and end with the server', async () => {
    await start();
    const early = await StreamClient.open(server.url);
    const reader = await Reader.open();
    expect(reader.seen).toEqual([{ event: 'overview', data: expect.anything() }]);
    expect((reader.seen[0]!.data as OperatorOverview).streams).toHaveLength(1);
    const late = await StreamClient.open(server.url);
    const beganAt = performance.now();
    const sending = setInterval(() => late.sendAudio(audio.subarray(0, 3200)), 20);
    await expect.poll(() => reader.changes().length, { timeout: 10_000 }).toBeGreaterThan(2);
    clearInterval(sending);
    expect(reader.changes().length).toBeLessThanOrEqual(1 + (performance.now() - beganAt) / 1000);
    const { session_id } = await late.first('Begin');
    for (const { streams, ended } of reader.changes()) {
      // The quiet one has not changed and is not told again.
      expect(streams.map(({ id }) => id)).toEqual([session_id]);
      expect(ended).toEqual([]);
    }
    early.socket.terminate();
    const { session_id: gone } = await early.first('Begin');
    await expect.poll(() => reader.changes().at(-1)!.ended, { timeout: 5000 }).toEqual([gone]);
    late.socket.terminate();
    await server.close();
    await reader.ended;
    expect(reader.seen.at(-1)).toEqual({ event: 'end', data: { reason: 'draining' } });
  });

  test('are for sixteen at a time', async () => {
    await start();
    for (let i = 0; i < 16; i++) await Reader.open();
    const refused = await get(server, events);
    expect([refused.status, (await refused.json()).code]).toEqual([503, 'overloaded']);
    readers[0]!.close();
    await expect.poll(async () => statusOf(await headOf(events))).toBe(200);
  });
});

/** Only the head: the body of events does not end. */
async function headOf(target: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const asked = request({ port: server.port, path: target, headers, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.on('error', () => {});
  if (response.statusCode === 200) response.destroy();
  return response;
}

const statusOf = ({ statusCode }: IncomingMessage): number => statusCode!;

describe('who may look', () => {
  const withKey = (key: string) => ({ Authorization: `Bearer ${key}` });

  test('a key says so itself, also by a token that asked for it', async () => {
    await start({ keysFile });
    for (const target of [path, events]) {
      expect(statusOf(await headOf(target))).toBe(401);
      expect(statusOf(await headOf(target, withKey(newApiKey())))).toBe(401);
      expect(statusOf(await headOf(target, withKey(callerKey)))).toBe(403);
      expect(statusOf(await headOf(target, withKey(operatorKey)))).toBe(200);
    }
    expect(await metric(server, 'undertone_auth_failures_total{transport="http",reason="missing"}')).toBe(2);
    const tokenOf = async (body: string): Promise<string> => {
      const headers = withKey(operatorKey);
      const url = `http://127.0.0.1:${server.port}/v1/tokens`;
      return ((await (await fetch(url, { method: 'POST', headers, body })).json()) as { token: string })
        .token;
    };
    expect(statusOf(await headOf(path, withKey(await tokenOf('{"operator": true}'))))).toBe(200);
    expect(statusOf(await headOf(path, withKey(await tokenOf(''))))).toBe(403);
    expect(statusOf(await headOf(`${path}?key=${operatorKey}`))).toBe(400);
    const stream = new WebSocket(`${server.url}?channel_roles=customer`, { headers: withKey(callerKey) });
    await once(stream, 'open');
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers: withKey(operatorKey) });
    const text = await response.text();
    expect(text).toContain('"role":"customer"');
    expect(text).not.toMatch(/first-floor|supervisor|utk_/);
    stream.terminate();
  });

  test('where there are no credentials, who sits at the machine and no page of elsewhere', async () => {
    await start({ host: '0.0.0.0', insecureNoAuth: true });
    const own = `127.0.0.1:${server.port}`;
    for (const headers of [{}, { Host: 'localhost' }, { Origin: `http://${own}`, Host: own }])
      expect([headers, statusOf(await headOf(path, headers))]).toEqual([headers, 200]);
    for (const headers of [
      { Host: 'rebound.example' },
      { 'X-Forwarded-For': '198.51.100.1' },
      { Forwarded: 'for=198.51.100.1' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { Origin: 'https://evil.example' },
    ])
      expect([headers, statusOf(await headOf(path, headers))]).toEqual([headers, 403]);
  });
});
