import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { BroadcastChannel, type Worker } from 'node:worker_threads';
import type { ChannelSummary, RecogniserEvent, UndertoneError } from '@undertone/core';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { differences } from '../../../test/support/differences.ts';
import { testModelFolder } from '../../../test/support/model.ts';
import { bytesOf, type Sentence, speech } from '../../../test/support/speech.ts';
import type { RecogniserCheckpoint, RecogniserHandle, RecogniserOptions } from './recogniser-handle.ts';
import { RecognitionPool, type RecognitionPoolOptions } from './recognition-pool.ts';
import { readModels } from './served-models.ts';

const folders = await readModels([testModelFolder()]);
const format = { encoding: 'linear16', sampleRateHz: 16_000, channels: 1 } as const;
const sentences: readonly Sentence[] = ['speech_calm_m', 'speech_angry_f', 'speech_sad_m', 'speech_happy_f'];
const breakable = new URL('../../../test/support/breakable-thread.mjs', import.meta.url);
const mortal = new URL('../../../test/support/mortal-thread.mjs', import.meta.url);
const orders = new BroadcastChannel('thread that is to die');
afterAll(() => orders.close());
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Threads in the order in which they were started. */
let threads: Worker[];
let deaths: UndertoneError[];
let pool: RecognitionPool;
const onThread = (message: unknown): void => void threads.push((message as { worker: Worker }).worker);
beforeEach(() => {
  threads = [];
  deaths = [];
  subscribe('worker_threads', onThread);
});
afterEach(async () => {
  await pool.close();
  unsubscribe('worker_threads', onThread);
});

async function die(thread: Worker): Promise<void> {
  const gone = once(thread, 'exit');
  orders.postMessage(thread.threadId);
  await gone;
}

async function openPool(options: Partial<RecognitionPoolOptions> = {}): Promise<void> {
  pool = await RecognitionPool.open({
    models: folders,
    workers: 2,
    batchWaitMs: 5,
    maxBatch: 32,
    workerTimeoutMs: 500,
    thread: mortal,
    onDeath: (cause) => deaths.push(cause),
    ...options,
  });
}

class Stream {
  readonly events: RecogniserEvent[] = [];
  readonly checkpoints: RecogniserCheckpoint[] = [];
  /** Events that had come when a checkpoint did. */
  readonly eventsAt: number[] = [];
  readonly errors: string[] = [];
  readonly handle: RecogniserHandle;
  summaries: readonly ChannelSummary[] = [];

  constructor(options: Partial<RecogniserOptions> = {}) {
    this.handle = pool.models[0]!.open(
      { ...format, ...options },
      {
        onEvents: (events) => this.events.push(...events),
        onCheckpoint: (checkpoint) => {
          this.checkpoints.push(checkpoint);
          this.eventsAt.push(this.events.length);
        },
        onBadAudio: (error) => this.errors.push(error.code),
        onError: (error) => this.errors.push(error.code),
      },
    );
  }

  async send(bytes: Uint8Array, packetBytes = 3200): Promise<void> {
    for (let at = 0; at < bytes.length; at += packetBytes) {
      this.handle.accept(bytes.subarray(at, at + packetBytes));
      await pause(0);
    }
  }

  async finish(): Promise<this> {
    this.summaries = await this.handle.finish();
    return this;
  }
}

/** Two sentences and a pause before each; another pair for each number. */
const audioOf = (i: number): Uint8Array =>
  bytesOf(speech(sentences[i % 4]!, sentences[(i + 1 + (i >> 2)) % 4]!));

function expectWhole(found: Stream, expected: Stream): void {
  expect(found.errors).toEqual([]);
  expect(found.events.map(({ ordinal }) => ordinal)).toEqual(found.events.map((_, i) => i));
  expect(differences(expected.events, found.events, 1e-4)).toEqual([]);
  expect(differences(expected.summaries, found.summaries, 1e-4)).toEqual([]);
}

describe('when a thread dies', () => {
  test('amid fifty streams, each goes on as if nothing had happened', async () => {
    await openPool();
    const run = async (i: number): Promise<Stream> => {
      const stream = new Stream();
      await stream.send(audioOf(i));
      return stream.finish();
    };
    const undisturbed = await Promise.all(Array.from({ length: 50 }, (_, i) => run(i)));
    expect(undisturbed[0]!.events.length).toBeGreaterThan(5);
    const streams = Array.from({ length: 50 }, (_, i) => run(i));
    await pause(40);
    await die(threads[0]!);
    await pause(60);
    await die(threads[1]!);
    for (const [i, stream] of (await Promise.all(streams)).entries()) expectWhole(stream, undisturbed[i]!);
    expect(deaths.length).toBe(2);
    expect(threads.length).toBe(4);
    expect(pool.isReady).toBe(true);
  });

  test('and it was the only one, its streams wait for the next', async () => {
    await openPool({ workers: 1 });
    const expected = new Stream();
    await expected.send(audioOf(0));
    await expected.finish();
    const stream = new Stream();
    await stream.send(audioOf(0).subarray(0, 96_000));
    await die(threads[0]!);
    expect(pool.isReady).toBe(false);
    await stream.send(audioOf(0).subarray(96_000));
    expectWhole(await stream.finish(), expected);
  });

  test('what was asked for is done again, and answered once', async () => {
    await openPool({ workers: 1 });
    const run = async (disturb: () => unknown): Promise<Stream> => {
      const stream = new Stream();
      const bytes = audioOf(1);
      await stream.send(bytes.subarray(0, 80_000));
      const finalized = stream.handle.finalize();
      stream.handle.configure({ intervalMs: 500 });
      disturb();
      await stream.send(bytes.subarray(80_000, 120_000));
      stream.handle.skip(16_000);
      await finalized;
      await stream.send(bytes.subarray(120_000));
      await stream.handle.drained();
      return stream.finish();
    };
    const expected = await run(() => {});
    expect(expected.events.some((event) => event.type === 'Emotion' && event.fromFinalize)).toBe(true);
    expectWhole(await run(() => die(threads.at(-1)!)), expected);
  });
});

describe('a stream that breaks its thread', () => {
  const poison = (what: string): Uint8Array => {
    const bytes = audioOf(2).slice();
    bytes.set(Buffer.from(what), 120_000);
    return bytes;
  };

  test.each([
    ['ends it', '!exit!'],
    ['throws in it', '!throw!'],
    ['hangs', '!hang!'],
  ])('(%s) is ended after it did it three times, and no other', async (_, what) => {
    await openPool({ thread: breakable });
    const run = async (i: number): Promise<Stream> => {
      const stream = new Stream();
      await stream.send(audioOf(i), 6400);
      return stream.finish();
    };
    const undisturbed = await Promise.all(Array.from({ length: 12 }, (_, i) => run(i)));
    const others = Array.from({ length: 12 }, (_, i) => run(i));
    const bad = new Stream();
    const sent = bad.send(poison(what)).catch(() => {});
    for (const [i, stream] of (await Promise.all(others)).entries()) expectWhole(stream, undisturbed[i]!);
    await sent;
    while (bad.errors.length === 0) await pause(20);
    expect(bad.errors).toEqual(['internal']);
    expect(deaths.length).toBe(3);
    expect(() => bad.handle.accept(new Uint8Array(2))).toThrowError('ended 3 threads');
    await expect(bad.handle.drained()).rejects.toThrowError('ended 3 threads');
  });
});

describe('checkpoints', () => {
  const bytes = audioOf(3);
  const run = async (packetBytes: number): Promise<Stream> => {
    const stream = new Stream({ checkpointMs: 2000 });
    await stream.send(bytes, packetBytes);
    return stream.finish();
  };

  test('come at places that follow from the audio alone, after each final and in time', async () => {
    await openPool();
    const [short, long] = await Promise.all([run(642), run(50_001)]);
    const places = short.checkpoints.map(({ acceptedSamples }) => acceptedSamples);
    expect(long.checkpoints.map(({ acceptedSamples }) => acceptedSamples)).toEqual(places);
    expect(long.checkpoints.map(({ ordinals }) => ordinals)).toEqual(
      short.checkpoints.map(({ ordinals }) => ordinals),
    );
    expect(short.checkpoints.map(({ ordinals }) => ordinals[0])).toEqual(short.eventsAt);
    const gaps = places.map((place, i) => place - (places[i - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(32_000);
    const finals = short.events.filter((event) => event.type === 'Emotion' && event.isFinal);
    expect(finals.length).toBe(2);
    const atFinal = short.checkpoints.filter(({ ordinals }) => ordinals[0]! > finals[0]!.ordinal);
    expect(atFinal.length).toBeGreaterThan(0);
  });

  test('each is enough to go on with the audio after it, on another pool', async () => {
    await openPool();
    const whole = await run(3200);
    expect(whole.checkpoints.length).toBeGreaterThan(3);
    await pool.close();
    await openPool({ workers: 1 });
    for (const restore of whole.checkpoints) {
      const stream = new Stream({ checkpointMs: 2000, restore });
      expect(stream.handle.receivedSamples).toBe(restore.acceptedSamples);
      await stream.send(bytes.subarray(2 * restore.acceptedSamples), 5000);
      await stream.finish();
      expect(stream.errors).toEqual([]);
      expect(differences(whole.events.slice(restore.ordinals[0]), stream.events, 1e-5)).toEqual([]);
      expect(differences(whole.summaries, stream.summaries, 1e-5)).toEqual([]);
      const later = whole.checkpoints.filter((each) => each.acceptedSamples > restore.acceptedSamples);
      expect(stream.checkpoints.map(({ acceptedSamples }) => acceptedSamples)).toEqual(
        later.map(({ acceptedSamples }) => acceptedSamples),
      );
    }
  });

  test('one that is damaged ends the stream with bad_checkpoint', async () => {
    await openPool({ workers: 1 });
    const [checkpoint] = (await run(3200)).checkpoints;
    const snapshot = checkpoint!.snapshot.slice(0, -3);
    const stream = new Stream({ restore: { ...checkpoint!, snapshot } });
    stream.handle.accept(new Uint8Array(3200));
    while (stream.errors.length === 0) await pause(5);
    expect(stream.errors).toEqual(['bad_checkpoint']);
  });
});

test('when no thread can be started any more, streams end with internal and the pool is not ready', async () => {
  await openPool({
    workers: 1,
    thread: new URL('../../../test/support/one-time-thread.mjs', import.meta.url),
  });
  const stream = new Stream();
  await stream.send(audioOf(0).subarray(0, 64_000));
  await die(threads[0]!);
  while (stream.errors.length === 0) await pause(10);
  expect(stream.errors).toEqual(['internal']);
  expect(pool.isReady).toBe(false);
  const late = new Stream();
  await pause(0);
  expect(late.errors).toEqual(['internal']);
});

const hanging = new URL('../../../test/support/hanging-thread.mjs', import.meta.url);

test('a thread that hangs while it starts is given up, and the server does not wait for it', async () => {
  const opening = openPool({ workers: 1, thread: hanging, startTimeoutMs: 300 });
  await expect(opening).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('it did not answer'),
  });
  await openPool({ workers: 1 });
});

test('a file as fast as it comes does not hold up a live stream', async () => {
  await openPool({ workers: 1 });
  const flood = new Stream();
  const hour = audioOf(0);
  for (let i = 0; i < 40; i++) flood.handle.accept(hour);
  const live = new Stream();
  live.handle.accept(audioOf(1).subarray(0, 6400));
  await live.handle.drained();
  // Most of the file is still to be done.
  expect(flood.handle.pendingMs).toBeGreaterThan(100_000);
  flood.handle.close();
});

test('streams are spread over the threads', async () => {
  await openPool();
  const streams = Array.from({ length: 4 }, () => new Stream());
  for (const stream of streams) await stream.send(audioOf(0).subarray(0, 32_000));
  await die(threads[1]!);
  await Promise.all(streams.map((stream) => stream.finish()));
  expect(deaths.length).toBe(1);
  expect(streams.flatMap(({ errors }) => errors)).toEqual([]);
});

test('a closed pool ends its streams with going_away, and opens none', async () => {
  await openPool({ workers: 1 });
  const stream = new Stream();
  await stream.send(audioOf(0).subarray(0, 64_000));
  const finished = stream.handle.finish();
  await Promise.all([pool.close(), expect(finished).rejects.toMatchObject({ code: 'going_away' })]);
  expect(stream.errors).toEqual(['going_away']);
  const late = new Stream();
  await pause(0);
  expect(late.errors).toEqual(['internal']);
});

test('a model that does not give its golden outputs keeps the pool from opening', async () => {
  await openPool({ workers: 1 });
  const golden = structuredClone(folders[0]!.golden) as { cases: { logits: number[] }[] };
  golden.cases[0]!.logits[0]! += 1;
  const models = [{ ...folders[0]!, golden }];
  await expect(openPool({ models })).rejects.toMatchObject({ code: 'model_mismatch' });
});
