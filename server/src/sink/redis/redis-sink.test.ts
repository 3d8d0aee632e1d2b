import { createClient } from '@redis/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RedisServer } from '../../../../test/support/redis-server.ts';
import { createLogger } from '../../observability/logger.ts';
import { LaneOutbox } from '../lane-outbox.ts';
import type { SinkEvent } from '../sink.ts';
import { type RedisSettings, RedisSink, redisStream } from './redis-sink.ts';

const log = createLogger('silent');
let server: RedisServer;
let failed = 0;
const closing: (() => Promise<void>)[] = [];
beforeEach(async () => {
  failed = 0;
  server = await RedisServer.create();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await server.remove();
});

async function open(settings: Partial<RedisSettings> = {}): Promise<LaneOutbox> {
  const none = { user: '', password: '', caFile: '' };
  const limits = { maxEvents: 1_000_000, duplicateSeconds: 600 };
  const sink = await RedisSink.open(
    { url: server.url, tenant: 'acme', ...none, ...limits, ...settings },
    log,
  );
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

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
};
const event = (session: string, ordinal: number, isDurable = true): SinkEvent => {
  const id = `${session}:0:${ordinal}`;
  return { id, session, isDurable, type: 'emotion', json: JSON.stringify({ id }) };
};
const ids = (session: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => event(session, i).id);

async function stored(password = ''): Promise<Record<string, string>[]> {
  const client = createClient({ url: server.url, ...(password !== '' && { password }) });
  await client.connect();
  const entries = await client.xRange(redisStream('acme'), '-', '+');
  client.destroy();
  return (entries ?? []).map(({ message }) => ({ ...message }));
}
const idsOf = async (): Promise<(string | undefined)[]> => (await stored()).map(({ id }) => id);

test('durable events come to the stream of the tenant with what they are, those of the moment do not', async () => {
  await server.start();
  const outbox = await open();
  outbox.push(event('ut_1', 0));
  outbox.push(event('ut_1', 1, false));
  await until(() => outbox.length === 0);
  expect(await stored()).toEqual([
    { id: 'ut_1:0:0', type: 'emotion', session: 'ut_1', event: '{"id":"ut_1:0:0"}' },
  ]);
});

test('an event that comes again, from another server too, is in the stream once', async () => {
  await server.start();
  for (let i = 0; i < 2; i++) {
    const outbox = await open();
    outbox.push(event('ut_1', 0));
    outbox.push(event('ut_1', 1));
    await until(() => outbox.length === 0);
  }
  expect(await idsOf()).toEqual(ids('ut_1', 2));
});

test('where Redis is away at the start, events wait and arrive in order', async () => {
  const outbox = await open();
  for (let i = 0; i < 100; i++) outbox.push(event('ut_1', i));
  await until(() => failed > 0);
  expect(outbox.length).toBe(100);
  await server.start();
  await until(() => outbox.length === 0);
  expect(await idsOf()).toEqual(ids('ut_1', 100));
});

test('Redis killed under load costs nothing, doubles nothing and keeps the order of each session', async () => {
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
  const found = (await idsOf()) as string[];
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
  failed = 0;
  server.freeze();
  for (let i = 1; i < 50; i++) outbox.push(event('ut_1', i));
  // Longer than it may be silent.
  await until(() => failed > 0);
  server.resume();
  await until(() => outbox.length === 0);
  expect(await idsOf()).toEqual(ids('ut_1', 50));
});

test('what Redis did not take is not taken for known when it comes again', async () => {
  await server.start();
  const client = createClient({ url: server.url });
  await client.connect();
  closing.push(async () => client.destroy());
  await client.set(redisStream('acme'), 'no stream');
  const outbox = await open();
  for (let i = 0; i < 3; i++) outbox.push(event('ut_1', i));
  await until(() => failed > 1);
  expect(outbox.length).toBe(3);
  await client.del(redisStream('acme'));
  await until(() => outbox.length === 0);
  expect(await idsOf()).toEqual(ids('ut_1', 3));
});

test('the stream keeps about as many events as it may', async () => {
  await server.start();
  const outbox = await open({ maxEvents: 100 });
  for (let i = 0; i < 1000; i++) outbox.push(event(`ut_${i % 20}`, i));
  await until(() => outbox.length === 0);
  const found = await idsOf();
  // Whole nodes of a hundred entries go at a time.
  expect(found.length).toBeGreaterThanOrEqual(100);
  expect(found.length).toBeLessThan(300);
});

test('a password is shown to Redis, and a wrong one leaves events waiting', async () => {
  await server.remove();
  server = await RedisServer.create(['--requirepass', 'secret']);
  await server.start();
  const refused = await open({ password: 'wrong' });
  refused.push(event('ut_0', 0));
  const outbox = await open({ password: 'secret' });
  outbox.push(event('ut_1', 0));
  await until(() => outbox.length === 0 && failed > 0);
  expect(refused.length).toBe(1);
  expect((await stored('secret')).map(({ id }) => id)).toEqual(['ut_1:0:0']);
});
