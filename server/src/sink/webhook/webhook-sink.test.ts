import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterEach, expect, test } from 'vitest';
import { createLogger } from '../../observability/logger.ts';
import { JsonLinesSink } from '../json-lines-sink.ts';
import { LaneOutbox } from '../lane-outbox.ts';
import type { SinkEvent } from '../sink.ts';
import { webhookKey } from './webhook-signature.ts';
import { type WebhookSettings, WebhookSink } from './webhook-sink.ts';

const secrets = [1, 2].map((fill) => `whsec_${Buffer.alloc(24, fill).toString('base64')}`);

interface Received {
  readonly id: string;
  readonly body: string;
  readonly headers: Record<string, string>;
}
type Answer = (received: Received, response: ServerResponse) => void;

let refused = 0;
let failed = 0;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** An address that answers as told, and what came to it. */
async function receiver(answer: Answer): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const headers = request.headers as Record<string, string>;
    const one = { id: headers['webhook-id']!, body, headers };
    received.push(one);
    answer(one, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

function open(url: string, settings: Partial<WebhookSettings> = {}): LaneOutbox {
  refused = 0;
  failed = 0;
  const log = createLogger('silent');
  const sink = new WebhookSink({
    name: 'webhook',
    url,
    keys: secrets.map((secret) => webhookKey(secret)!),
    types: [],
    timeoutMs: 5000,
    giveUpMs: 60_000,
    userAgent: 'undertone/test',
    deadLetters: null,
    log,
    onRefused: () => refused++,
    ...settings,
  });
  const outbox = new LaneOutbox({
    sink,
    maxEvents: 10_000,
    log,
    onDelivered: () => {},
    onDropped: () => {},
    onOverShare: () => {},
    onFailed: () => failed++,
  });
  closing.push(() => outbox.close(0));
  return outbox;
}

async function deadLetterFile(): Promise<{ path: string; sink: JsonLinesSink }> {
  const folder = await mkdtemp(join(tmpdir(), 'undertone-webhook-'));
  closing.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'dead.jsonl');
  return { path, sink: await JsonLinesSink.toFile(path, { maxBytes: 1e6, keptFiles: 2 }) };
}
const linesOf = async (path: string): Promise<{ reason: string; event: { id: string } }[]> =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const event = (session: string, ordinal: number, type = 'emotion', isDurable = true): SinkEvent => {
  const id = `${session}:0:${ordinal}`;
  return { id, session, isDurable, type, json: JSON.stringify({ id, label: 'zürnend' }) };
};
const ok: Answer = (_, response) => response.writeHead(204).end();
const status =
  (code: number, headers = {}): Answer =>
  (_, response) =>
    response.writeHead(code, headers).end('why');

test('each event is a request that receivers of Standard Webhooks can verify, with the old secret and the new', async () => {
  const { url, received } = await receiver(ok);
  const outbox = open(url);
  outbox.push(event('a', 0));
  await until(() => outbox.length === 0);
  const [{ body, headers }] = received as [Received];
  for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
  const stranger = `whsec_${Buffer.alloc(24, 3).toString('base64')}`;
  expect(() => new Webhook(stranger).verify(body, headers)).toThrow();
  expect(() => new Webhook(secrets[0]!).verify(`${body} `, headers)).toThrow();
  expect(headers).toMatchObject({
    'webhook-id': 'a:0:0',
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'user-agent': 'undertone/test',
  });
});

test('events of a session arrive one after the other, those of others meanwhile', async () => {
  const held: ServerResponse[] = [];
  const { url, received } = await receiver(({ id }, response) => {
    if (id === 'a:0:0' && held.length === 0) held.push(response);
    else response.end();
  });
  const outbox = open(url);
  for (const each of [event('a', 0), event('a', 1), event('b', 0), event('b', 1)]) outbox.push(each);
  await until(() => received.length === 3);
  expect(received.map(({ id }) => id)).toEqual(['a:0:0', 'b:0:0', 'b:0:1']);
  held[0]!.end();
  await until(() => outbox.length === 0);
  expect(received.at(-1)?.id).toBe('a:0:1');
});

test.each([500, 502, 408, 302])('status %i is tried again, in order', async (code) => {
  let count = 0;
  const { url, received } = await receiver((one, response) =>
    (count++ < 2 ? status(code, code === 302 ? { location: '/elsewhere' } : {}) : ok)(one, response),
  );
  const outbox = open(url);
  for (let i = 0; i < 3; i++) outbox.push(event('a', i));
  await until(() => outbox.length === 0);
  expect(received.map(({ id }) => id)).toEqual(['a:0:0', 'a:0:0', 'a:0:0', 'a:0:1', 'a:0:2']);
  expect([failed, refused]).toEqual([2, 0]);
});

test('too many requests with Retry-After stop all sessions for that time', async () => {
  let count = 0;
  const { url, received } = await receiver((one, response) =>
    (count++ === 0 ? status(429, { 'retry-after': '3600' }) : ok)(one, response),
  );
  const outbox = open(url);
  outbox.push(event('a', 0));
  await until(() => failed === 1);
  outbox.push(event('b', 0));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(received.length).toBe(1);
  // There is no time left to wait when it closes.
  await outbox.close(5000);
  expect(received.map(({ id }) => id)).toEqual(['a:0:0', 'a:0:0', 'b:0:0']);
});

test.each([400, 401, 404, 410, 422])(
  'status %i is not tried again: the event is a dead letter',
  async (code) => {
    const { path, sink } = await deadLetterFile();
    const { url, received } = await receiver((one, response) =>
      (one.id === 'a:0:0' ? status(code) : ok)(one, response),
    );
    const outbox = open(url, { deadLetters: sink });
    outbox.push(event('a', 0));
    outbox.push(event('a', 1));
    await until(() => outbox.length === 0);
    expect(received.map(({ id }) => id)).toEqual(['a:0:0', 'a:0:1']);
    expect([failed, refused]).toEqual([0, 1]);
    expect(await linesOf(path)).toMatchObject([
      { sink: 'webhook', reason: `status ${code}`, event: { id: 'a:0:0', label: 'zürnend' } },
    ]);
  },
);

test('a receiver that answers late is not waited for, and gets the event again', async () => {
  let count = 0;
  const { url, received } = await receiver((one, response) => {
    if (count++ > 0) ok(one, response);
  });
  const outbox = open(url, { timeoutMs: 100 });
  outbox.push(event('a', 0));
  await until(() => outbox.length === 0);
  expect(received.map(({ id }) => id)).toEqual(['a:0:0', 'a:0:0']);
  expect(failed).toBe(1);
});

test('what nobody takes is given up in time, and kept with the reason', async () => {
  const { path, sink } = await deadLetterFile();
  const { url } = await receiver(status(503));
  const outbox = open(url, { deadLetters: sink, giveUpMs: 300 });
  outbox.push(event('a', 0));
  outbox.push(event('a', 1));
  await until(() => outbox.length === 0);
  expect((await linesOf(path)).map(({ reason, event: { id } }) => [id, reason])).toEqual([
    ['a:0:0', 'the webhook answered with status 503'],
    ['a:0:1', 'the webhook answered with status 503'],
  ]);
  expect(refused).toBe(2);
});

test('an address where nobody listens is tried again until somebody does', async () => {
  const gone = await receiver(ok);
  for (const close of closing.splice(0)) await close();
  const outbox = open(gone.url);
  outbox.push(event('a', 0));
  await until(() => failed > 0);
  expect([outbox.length, refused]).toEqual([1, 0]);
  await outbox.close(0);
});

test('events of the moment and of other types do not go out', async () => {
  const { url, received } = await receiver(ok);
  const outbox = open(url, { types: ['summary'] });
  outbox.push(event('a', 0, 'emotion', false));
  outbox.push(event('a', 1, 'emotion'));
  outbox.push(event('a', 2, 'summary'));
  await until(() => outbox.length === 0);
  expect(received.map(({ id }) => id)).toEqual(['a:0:2']);
});

test('closing ends a request that is not answered', async () => {
  const { url, received } = await receiver(() => {});
  const outbox = open(url);
  outbox.push(event('a', 0));
  await until(() => received.length === 1);
  await outbox.close(0);
  expect(outbox.length).toBe(1);
});
