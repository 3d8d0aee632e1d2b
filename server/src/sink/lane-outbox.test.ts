import { afterEach, expect, test } from 'vitest';
import { createLogger } from '../observability/logger.ts';
import { LaneOutbox } from './lane-outbox.ts';
import { type AcknowledgingSink, SinkBusy, type SinkEvent } from './sink.ts';

/** Answers when it is told to. */
class ManualSink implements AcknowledgingSink {
  readonly name = 'manual';
  readonly maxInFlight: number;
  readonly given: string[] = [];
  readonly live: string[] = [];
  readonly #answers = new Map<string, { take: () => void; refuse: (cause: Error) => void }>();
  isClosed = false;
  isAway = false;

  constructor(maxInFlight = 10) {
    this.maxInFlight = maxInFlight;
  }

  wants(event: SinkEvent): boolean {
    return event.type !== 'unwanted';
  }

  offer({ id }: SinkEvent): boolean {
    if (this.isAway) return false;
    this.live.push(id);
    return true;
  }

  deliver({ id }: SinkEvent): Promise<void> {
    this.given.push(id);
    return new Promise((take, refuse) => this.#answers.set(id, { take, refuse }));
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  async take(id: string): Promise<void> {
    await until(() => this.#answers.has(id));
    this.#answers.get(id)!.take();
    this.#answers.delete(id);
    await turn();
  }

  async refuse(id: string, cause: Error = new Error('away')): Promise<void> {
    await until(() => this.#answers.has(id));
    this.#answers.get(id)!.refuse(cause);
    this.#answers.delete(id);
    await turn();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
};
const event = (session: string, ordinal: number, isDurable = true, type = 'emotion'): SinkEvent => ({
  id: `${session}${ordinal}`,
  session,
  isDurable,
  type,
  json: '{}',
});

let outbox: LaneOutbox;
const dropped: string[] = [];
const counts = { delivered: 0, failed: 0, overShare: 0 };
function open(sink: AcknowledgingSink, maxEvents = 1000): LaneOutbox {
  dropped.length = 0;
  Object.assign(counts, { delivered: 0, failed: 0, overShare: 0 });
  outbox = new LaneOutbox({
    sink,
    maxEvents,
    log: createLogger('silent'),
    onDelivered: () => counts.delivered++,
    onDropped: ({ id }) => dropped.push(id),
    onOverShare: () => counts.overShare++,
    onFailed: () => counts.failed++,
  });
  return outbox;
}
afterEach(() => outbox.close(0));

test('many sessions are on their way at a time, of each one event', async () => {
  const sink = new ManualSink(2);
  open(sink);
  for (const each of [event('a', 0), event('a', 1), event('b', 0), event('c', 0)]) outbox.push(each);
  expect(sink.given).toEqual(['a0', 'b0']);
  await sink.take('b0');
  expect(sink.given).toEqual(['a0', 'b0', 'c0']);
  await sink.take('a0');
  expect(sink.given).toEqual(['a0', 'b0', 'c0', 'a1']);
  expect(outbox.length).toBe(2);
  expect(counts.delivered).toBe(2);
});

test('what fails is given again before what follows it, and holds up no other session', async () => {
  const sink = new ManualSink(2);
  open(sink);
  for (const each of [event('a', 0), event('a', 1), event('b', 0), event('b', 1)]) outbox.push(each);
  await sink.refuse('a0');
  await sink.take('b0');
  await sink.take('b1');
  expect(sink.given).toEqual(['a0', 'b0', 'b1']);
  await sink.refuse('a0');
  await sink.take('a0');
  await sink.take('a1');
  expect(sink.given).toEqual(['a0', 'b0', 'b1', 'a0', 'a0', 'a1']);
  expect(outbox.length).toBe(0);
  expect(counts).toEqual({ delivered: 4, failed: 2, overShare: 0 });
});

test('a sink that is busy is left alone by all sessions for the time it names', async () => {
  const sink = new ManualSink(1);
  open(sink);
  outbox.push(event('a', 0));
  outbox.push(event('b', 0));
  await sink.refuse('a0', new SinkBusy('later', 100_000));
  outbox.push(event('c', 0));
  await turn();
  expect(sink.given).toEqual(['a0']);
});

test('a busy sink gets the same event first when its time is over', async () => {
  const sink = new ManualSink(1);
  open(sink);
  outbox.push(event('a', 0));
  outbox.push(event('b', 0));
  await sink.refuse('a0', new SinkBusy('later', 20));
  await sink.take('a0');
  await sink.take('b0');
  expect(sink.given).toEqual(['a0', 'a0', 'b0']);
});

test('events of the moment overtake what waits, and are left out where the sink is away', () => {
  const sink = new ManualSink();
  open(sink);
  outbox.push(event('a', 0));
  outbox.push(event('a', 1, false));
  sink.isAway = true;
  outbox.push(event('a', 2, false));
  expect(sink.live).toEqual(['a1']);
  expect(dropped).toEqual(['a2']);
  expect(outbox.length).toBe(1);
});

test('durable events beyond the limit are left out, and counted', () => {
  const sink = new ManualSink();
  open(sink, 2);
  for (let i = 0; i < 4; i++) outbox.push(event('a', i));
  expect(dropped).toEqual(['a2', 'a3']);
  expect(outbox.length).toBe(2);
});

test('what a sink does not want is not counted at all', () => {
  open(new ManualSink());
  outbox.push(event('a', 0, true, 'unwanted'));
  expect([outbox.length, dropped.length]).toEqual([0, 0]);
});

test('closing tries at once what waits for another attempt', async () => {
  const sink = new ManualSink(1);
  open(sink);
  outbox.push(event('a', 0));
  await sink.refuse('a0', new SinkBusy('later', 100_000));
  const closed = outbox.close(5000);
  await sink.take('a0');
  await closed;
  expect(sink.given).toEqual(['a0', 'a0']);
  expect([outbox.length, sink.isClosed]).toEqual([0, true]);
});

test('closing gives up a sink that stays away', async () => {
  const sink = new ManualSink(1);
  open(sink);
  outbox.push(event('a', 0));
  await sink.refuse('a0');
  await outbox.close(20);
  expect([outbox.length, sink.isClosed]).toEqual([1, true]);
});

test('gaps of one session take a hundredth of the room at most, and leave the rest to others', async () => {
  const sink = new ManualSink();
  open(sink, 2000);
  for (let i = 0; i < 5000; i++) outbox.push(event('a', i, true, 'gap'));
  expect([outbox.length, counts.overShare, dropped]).toEqual([20, 4980, []]);
  outbox.push(event('a', 5000));
  outbox.push(event('b', 0, true, 'gap'));
  expect([outbox.length, counts.overShare]).toEqual([22, 4980]);
  // Room that is given back may be taken again.
  await sink.take('a0');
  outbox.push(event('a', 5001, true, 'gap'));
  expect([outbox.length, counts.overShare]).toEqual([22, 4980]);
});
