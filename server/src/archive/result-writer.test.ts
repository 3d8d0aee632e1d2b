import { type JetStreamClient, type JetStreamManager, jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NatsServer } from '../../../test/support/nats-server.ts';
import { createLogger } from '../observability/logger.ts';
import { ensureStream } from '../sink/nats/ensure-stream.ts';
import type { SinkEvent } from '../sink/sink.ts';
import { ResultWriter } from './result-writer.ts';

const stream = { name: 'results', tenant: 'acme' };
const closing: (() => Promise<unknown>)[] = [];
let js: JetStreamClient;
let manager: JetStreamManager;
beforeEach(async () => {
  const nats = await NatsServer.create();
  closing.push(() => nats.remove());
  await nats.start();
  const connection = await connect({ servers: nats.url });
  closing.push(() => connection.close());
  // Ids are forgotten at once, as if each writer came long after the other.
  const settings = { name: 'results', maxAgeSeconds: 3600, maxBytes: 1e8, duplicateSeconds: 1, replicas: 1 };
  await ensureStream(connection, 'acme', settings, createLogger('silent'));
  js = jetstream(connection);
  manager = await js.jetstreamManager(false);
  const { config } = await manager.streams.info('results');
  await manager.streams.update('results', { ...config, duplicate_window: 100_000_000 });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const forgotten = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));
const event = (type: string, id: string): SinkEvent => ({
  id: `ut_job:${id}`,
  type,
  session: 'ut_job',
  isDurable: true,
  json: JSON.stringify({ id: `ut_job:${id}` }),
});
const events = [
  event('begin', 'Begin'),
  event('emotion', '0:0:1'),
  event('alert', 'sad:0:0:open'),
  event('emotion', '0:1:1'),
  event('emotion', '0:2:1'),
  event('summary', 'Summary'),
];
const writer = (): ResultWriter => new ResultWriter(stream, () => js);

async function stored(): Promise<string[]> {
  const { state } = await manager.streams.info('results');
  const ids: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++)
    ids.push((await manager.streams.getMessage('results', { seq }))!.header.get('Nats-Msg-Id'));
  return ids;
}
const wanted = events.map(({ id }) => id);

test('results are there once and in order, and complete with the summary', async () => {
  expect(await writer().isComplete('job')).toBe(false);
  await writer().write('job', events.slice(0, -1));
  expect(await writer().isComplete('job')).toBe(false);
  expect(await writer().write('job', events)).toEqual({ published: 1, known: 5 });
  expect(await writer().isComplete('job')).toBe(true);
  expect(await writer().isComplete('jo')).toBe(false);
  expect(await stored()).toEqual(wanted);
});

test.each([0, 1, 3, 5])('a writer that died after %i of them is gone on from, long after', async (count) => {
  await writer().write('job', events.slice(0, count));
  await forgotten();
  expect(await writer().write('job', events)).toEqual({ published: 6 - count, known: count });
  await forgotten();
  expect(await writer().write('job', events)).toEqual({ published: 0, known: 6 });
  expect(await stored()).toEqual(wanted);
});

test('writers at the same time write each once', async () => {
  await Promise.all(Array.from({ length: 4 }, () => writer().write('job', events)));
  expect((await stored()).sort()).toEqual([...wanted].sort());
});

test('one that stood still in the middle, and comes back long after another was done, adds nothing', async () => {
  let isFrozen = false;
  let thaw: () => void = () => {};
  const thawed = new Promise<void>((resolve) => {
    thaw = resolve;
  });
  const slow = new ResultWriter(stream, () => {
    if (!isFrozen) return js;
    // All that it publishes from here on was decided before.
    return {
      publish: (...args: Parameters<JetStreamClient['publish']>) => thawed.then(() => js.publish(...args)),
    } as JetStreamClient;
  });
  await slow.write('job', events.slice(0, 2));
  isFrozen = true;
  const late = slow.write('job', events.slice(2)).catch((error: Error) => error.message);
  await writer().write('job', events);
  await forgotten();
  isFrozen = false;
  thaw();
  await late;
  expect(await stored()).toEqual(wanted);
});

test('results of others are none of its own', async () => {
  await js.publish('undertone.v1.acme.ut_other.emotion', '{}', { msgID: 'ut_other:0:0:1' });
  await writer().write('job', events);
  expect(await stored()).toEqual(['ut_other:0:0:1', ...wanted]);
});
