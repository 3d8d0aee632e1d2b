import { afterEach, expect, test } from 'vitest';
import { createLogger } from '../observability/logger.ts';
import type { Sink, SinkEvent } from './sink.ts';
import { SinkOutbox } from './sink-outbox.ts';

class BreakableSink implements Sink {
  readonly name = 'breakable';
  readonly taken: string[] = [];
  isAway = false;
  isClosed = false;

  async deliver(events: readonly SinkEvent[]): Promise<void> {
    if (this.isAway) throw new Error('away');
    for (const { id } of events) this.taken.push(id);
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}

const event = (id: number, isDurable = true): SinkEvent => ({
  id: String(id),
  isDurable,
  type: 'emotion',
  session: 's',
  json: '{}',
});

let outbox: SinkOutbox;
let overShare = 0;
const dropped: string[] = [];
let failures = 0;
function open(sink: Sink, maxEvents = 1000): SinkOutbox {
  dropped.length = 0;
  failures = 0;
  outbox = new SinkOutbox({
    sink,
    maxEvents,
    log: createLogger('silent'),
    onDelivered: () => {},
    onDropped: ({ id }) => dropped.push(id),
    onOverShare: () => overShare++,
    onFailed: () => failures++,
  });
  return outbox;
}
afterEach(() => outbox.close(0));

const ids = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => String(from + i));
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};

test('everything arrives once and in order', async () => {
  const sink = new BreakableSink();
  open(sink, 10_000);
  for (let i = 0; i < 2000; i++) outbox.push(event(i));
  await until(() => outbox.length === 0);
  expect(sink.taken).toEqual(ids(0, 2000));
});

test('while the sink is away it waits, and then arrives in order', async () => {
  const sink = new BreakableSink();
  sink.isAway = true;
  open(sink);
  for (let i = 0; i < 500; i++) outbox.push(event(i));
  await until(() => failures >= 3);
  sink.isAway = false;
  await until(() => outbox.length === 0);
  expect(sink.taken).toEqual(ids(0, 500));
  expect(dropped).toEqual([]);
});

test('what does not fit costs what is of the moment first, the oldest of it, and then the newest', async () => {
  const sink = new BreakableSink();
  sink.isAway = true;
  open(sink, 4);
  await until(() => {
    outbox.push(event(0));
    return outbox.length > 0;
  });
  for (const [id, isDurable] of [
    [1, false],
    [2, true],
    [3, false],
  ] as const)
    outbox.push(event(id, isDurable));
  outbox.push(event(4));
  outbox.push(event(5));
  outbox.push(event(6));
  outbox.push(event(7, false));
  expect(dropped).toEqual(['1', '3', '6', '7']);
  sink.isAway = false;
  await until(() => outbox.length === 0);
  expect(sink.taken).toEqual(['0', '2', '4', '5']);
});

test('closing delivers what waits, as long as there is time', async () => {
  const sink = new BreakableSink();
  sink.isAway = true;
  open(sink);
  for (let i = 0; i < 10; i++) outbox.push(event(i));
  await until(() => failures >= 1);
  sink.isAway = false;
  await outbox.close(5000);
  expect(sink.taken).toEqual(ids(0, 10));
  expect(sink.isClosed).toBe(true);
});

test('closing gives up a sink that stays away', async () => {
  const sink = new BreakableSink();
  sink.isAway = true;
  open(sink);
  outbox.push(event(0));
  await outbox.close(30);
  expect(sink.isClosed).toBe(true);
  expect(sink.taken).toEqual([]);
});

test('one that is full of durable events does not look through all of them at each event', async () => {
  const sink = new BreakableSink();
  sink.isAway = true;
  open(sink, 2000);
  let looks = 0;
  const counted = (id: number): SinkEvent => ({
    ...event(id),
    get isDurable() {
      looks++;
      return true;
    },
  });
  for (let i = 0; i < 2000; i++) outbox.push(counted(i));
  for (let i = 0; i < 500; i++) outbox.push(event(2000 + i, false));
  expect(dropped).toHaveLength(500);
  expect(looks).toBeLessThan(10_000);
  await until(() => failures >= 2);
  sink.isAway = false;
  await until(() => outbox.length === 0);
  expect(sink.taken).toEqual(ids(0, 2000));
});

test('what was of the moment in an attempt that failed may be left out after it', async () => {
  const sink = new BreakableSink();
  sink.isAway = true;
  open(sink, 3);
  for (const id of [0, 1, 2]) outbox.push(event(id, id !== 0));
  await until(() => failures >= 2);
  outbox.push(event(3));
  expect(dropped).toEqual(['0']);
  sink.isAway = false;
  await until(() => outbox.length === 0);
  expect(sink.taken).toEqual(['1', '2', '3']);
});

test('gaps of one session take a hundredth of the room at most, and push nothing else out', async () => {
  overShare = 0;
  const sink = new BreakableSink();
  sink.isAway = true;
  open(sink, 2000);
  const gap = (id: number): SinkEvent => ({ ...event(id), type: 'gap' });
  outbox.push(event(0, false));
  for (let i = 1; i <= 5000; i++) outbox.push(gap(i));
  expect([outbox.length, overShare]).toEqual([21, 4980]);
  sink.isAway = false;
  await outbox.close(5000);
  expect(sink.taken.length).toBe(21);
});
