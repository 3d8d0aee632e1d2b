import { type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NatsServer } from '../../../../test/support/nats-server.ts';
import { createLogger } from '../../observability/logger.ts';
import { LaneOutbox } from '../lane-outbox.ts';
import type { SinkEvent } from '../sink.ts';
import { type NatsSettings, NatsSink } from './nats-sink.ts';

const log = createLogger('silent');
const stream = { name: 'results', maxAgeSeconds: 3600, maxBytes: 1e8, duplicateSeconds: 600, replicas: 1 };

let server: NatsServer;
let refused = 0;
let failed = 0;
const dropped: string[] = [];
const closing: (() => Promise<void>)[] = [];
beforeEach(async () => {
  refused = 0;
  failed = 0;
  dropped.length = 0;
  server = await NatsServer.create();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await server.remove();
});

async function open(settings: Partial<NatsSettings> = {}, url = server.url): Promise<LaneOutbox> {
  const base = { urls: [url], tenant: 'acme', credsFile: '', token: '', caFile: '', stream };
  const sink = await NatsSink.open({ ...base, ...settings }, log, () => refused++);
  const outbox = new LaneOutbox({
    sink,
    maxEvents: 10_000,
    log,
    onDelivered: () => {},
    onDropped: ({ id }) => dropped.push(id),
    onOverShare: () => {},
    onFailed: () => failed++,
  });
  closing.push(() => outbox.close(0));
  return outbox;
}

async function client(): Promise<{ connection: NatsConnection; manager: JetStreamManager }> {
  const connection = await connect({ servers: server.url });
  closing.push(() => connection.close());
  return { connection, manager: await jetstreamManager(connection) };
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
};
const event = (session: string, ordinal: number, isDurable = true, padding = ''): SinkEvent => {
  const id = `${session}:0:${ordinal}`;
  return { id, session, isDurable, type: 'emotion', json: JSON.stringify({ id, padding }) };
};

interface Stored {
  readonly id: string;
  readonly subject: string;
  readonly messageId: string;
}
async function stored(manager: JetStreamManager): Promise<Stored[]> {
  const { state } = await manager.streams.info('results');
  const found: Stored[] = [];
  if (state.messages === 0) return found;
  const consumer = await manager.jetstream().consumers.get('results');
  for await (const message of await consumer.consume()) {
    const { id } = message.json<{ id: string }>();
    found.push({ id, subject: message.subject, messageId: message.headers!.get('Nats-Msg-Id') });
    if (found.length === state.messages) break;
  }
  return found;
}
const idsOf = async (manager: JetStreamManager): Promise<string[]> =>
  (await stored(manager)).map(({ id }) => id);
const ids = (session: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => event(session, i).id);

test('durable events come to the stream that it made, by subject and with their ids', async () => {
  await server.start();
  const outbox = await open();
  outbox.push(event('ut_1', 0));
  await until(() => outbox.length === 0);
  const { manager } = await client();
  expect(await stored(manager)).toEqual([
    { id: 'ut_1:0:0', subject: 'undertone.v1.acme.ut_1.emotion', messageId: 'ut_1:0:0' },
  ]);
  const { config } = await manager.streams.info('results');
  expect(config).toMatchObject({
    subjects: ['undertone.v1.acme.*.*'],
    storage: 'file',
    discard: 'old',
    max_bytes: 1e8,
    max_age: 3600e9,
    duplicate_window: 600e9,
  });
});

test('an event that comes again, from another server too, is in the stream once', async () => {
  await server.start();
  for (let i = 0; i < 2; i++) {
    const outbox = await open();
    outbox.push(event('ut_1', 0));
    await until(() => outbox.length === 0);
  }
  expect(await idsOf((await client()).manager)).toEqual(['ut_1:0:0']);
});

test('events of the moment reach who listens, and no stream', async () => {
  await server.start();
  const { connection, manager } = await client();
  const heard: string[] = [];
  connection.subscribe('undertone.v1.acme.>', { callback: (_, { subject }) => void heard.push(subject) });
  await connection.flush();
  const outbox = await open();
  outbox.push(event('ut_1', 0));
  await until(() => outbox.length === 0);
  outbox.push(event('ut_1', 1, false));
  await until(() => heard.length === 2);
  expect(heard).toEqual(['undertone.v1.acme.ut_1.emotion', 'undertone.v1.acme.ut_1.emotion.live']);
  expect(await idsOf(manager)).toEqual(['ut_1:0:0']);
});

test('where NATS is away at the start, durable events wait and those of the moment do not', async () => {
  const outbox = await open();
  for (let i = 0; i < 300; i++) outbox.push(event('ut_1', i));
  outbox.push(event('ut_1', 300, false));
  expect(outbox.length).toBe(300);
  expect(dropped).toEqual(['ut_1:0:300']);
  await server.start();
  await until(() => outbox.length === 0);
  expect(await idsOf((await client()).manager)).toEqual(ids('ut_1', 300));
});

test('NATS killed under load costs nothing, doubles nothing and keeps the order of each session', async () => {
  await server.start();
  const outbox = await open();
  const sessions = Array.from({ length: 40 }, (_, i) => `ut_${i}`);
  const each = 90;
  for (let i = 0; i < each; i++) {
    for (const session of sessions) outbox.push(event(session, i));
    if (i % 30 !== 29) continue;
    // Some are stored and acknowledged, some stored, some on their way; most wait.
    await until(() => outbox.length < (30 * sessions.length) / 2);
    // Never gets there before.
    outbox.push(event('ut_last', Math.floor(i / 30)));
    await server.kill();
    await server.start();
    await until(() => outbox.length === 0);
  }
  const found = await idsOf((await client()).manager);
  for (const session of sessions)
    expect(found.filter((id) => id.startsWith(`${session}:`))).toEqual(ids(session, each));
  expect(found.filter((id) => id.startsWith('ut_last:'))).toEqual(ids('ut_last', 3));
  expect(failed).toBeGreaterThan(0);
});

test('a server that stands still delays, and no more', async () => {
  await server.start();
  const outbox = await open();
  outbox.push(event('ut_1', 0));
  await until(() => outbox.length === 0);
  server.freeze();
  for (let i = 1; i < 50; i++) outbox.push(event('ut_1', i));
  // Longer than it waits for an acknowledgement.
  await until(() => failed > 0);
  server.resume();
  await until(() => outbox.length === 0);
  expect(await idsOf((await client()).manager)).toEqual(ids('ut_1', 50));
});

test('events of the moment are left out while a server that stands still has not read those before', async () => {
  await server.start();
  const outbox = await open();
  outbox.push(event('ut_1', 0));
  await until(() => outbox.length === 0);
  server.freeze();
  // Five megabytes, of which four may be on their way.
  for (let i = 0; i < 50; i++) outbox.push(event('ut_1', i, false, 'x'.repeat(100_000)));
  expect(dropped.length).toBeGreaterThan(5);
  expect(dropped.length).toBeLessThan(15);
  server.resume();
  // They pass again once it reads.
  await until(() => {
    const before = dropped.length;
    outbox.push(event('ut_1', 100, false));
    return dropped.length === before;
  });
});

test('what a stream that is full does not take waits, in order, until there is room', async () => {
  await server.start();
  const { manager } = await client();
  await manager.streams.add({
    name: 'results',
    subjects: ['undertone.v1.acme.*.*'],
    discard: 'new',
    max_msgs: 5,
  });
  const outbox = await open();
  for (let i = 0; i < 8; i++) outbox.push(event('ut_1', i));
  await until(() => failed > 0);
  expect(outbox.length).toBe(3);
  await manager.streams.update('results', { max_msgs: 100 });
  await until(() => outbox.length === 0);
  expect(await idsOf(manager)).toEqual(ids('ut_1', 8));
});

test('without a stream durable events wait for one', async () => {
  await server.start();
  const outbox = await open({ stream: null });
  outbox.push(event('ut_1', 0));
  await until(() => failed > 0);
  const { manager } = await client();
  await manager.streams.add({ name: 'results', subjects: ['undertone.>'] });
  await until(() => outbox.length === 0);
  expect(await idsOf(manager)).toEqual(['ut_1:0:0']);
});

test('an event larger than NATS takes is left out and counted, and what follows it arrives', async () => {
  await server.start();
  const outbox = await open();
  outbox.push(event('ut_1', 0, true, 'x'.repeat(1_100_000)));
  outbox.push(event('ut_1', 1));
  await until(() => outbox.length === 0);
  expect(refused).toBe(1);
  expect(await idsOf((await client()).manager)).toEqual(['ut_1:0:1']);
});

test('a token is shown to NATS, and a wrong one leaves events waiting', async () => {
  const guarded = await NatsServer.create(['--auth', 'open-sesame']);
  closing.push(() => guarded.remove());
  await guarded.start();
  const wrong = await open({ token: 'wrong' }, guarded.url);
  const right = await open({ token: 'open-sesame' }, guarded.url);
  for (const outbox of [wrong, right]) outbox.push(event('ut_1', 0));
  await until(() => right.length === 0);
  expect(wrong.length).toBe(1);
});

test('closing sends what was passed on last', async () => {
  await server.start();
  const { connection } = await client();
  const heard: string[] = [];
  connection.subscribe('undertone.>', { callback: (_, { subject }) => void heard.push(subject) });
  await connection.flush();
  const outbox = await open();
  outbox.push(event('ut_1', 0));
  await outbox.close(5000);
  await until(() => heard.length === 1);
  expect(outbox.length).toBe(0);
});
