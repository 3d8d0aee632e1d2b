import { describe, expect, it } from 'vitest';
import { SmallModel } from '../../../test/support/small-model.ts';
import type { UndertoneError } from '../errors.ts';
import { BatchScheduler, type ScheduledChannel } from './batch-scheduler.ts';
import { ChannelRecogniser } from './channel-recogniser.ts';
import type { ChannelSummary, EmotionEvent, RecogniserEvent } from './events.ts';

const small = new SmallModel();
const { inputSize, stepFrames } = small;

interface Probe {
  readonly scheduled: ScheduledChannel;
  readonly channel: ChannelRecogniser;
  readonly events: RecogniserEvent[];
  readonly errors: UndertoneError[];
  summary: ChannelSummary | null;
  drained: number;
}

function probe(): Probe {
  const events: RecogniserEvent[] = [];
  const errors: UndertoneError[] = [];
  const channel = new ChannelRecogniser(
    small,
    {
      channel: 0,
      intervalSamples: 8000,
      windowSamples: 48000,
      endpointingSamples: 4000,
      maxSegmentSamples: 480000,
      interimResults: true,
      trendSamples: 0,
    },
    (event) => events.push(event),
  );
  const self: Probe = {
    channel,
    events,
    errors,
    summary: null,
    drained: 0,
    scheduled: {
      recogniser: channel,
      turn: 'idle',
      onError: (error) => errors.push(error),
      onDrained: () => {
        self.drained++;
      },
    },
  };
  return self;
}

/** Frames of `pattern`, 40 ms each: `#` speech, `.` silence, with input 1 drawn from `seed`. */
function framesOf(pattern: string, seed: number): Float32Array {
  const frames = new Float32Array(pattern.length * stepFrames * inputSize);
  let s = seed;
  for (let f = 0; f < pattern.length * stepFrames; f++) {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    frames[f * inputSize] = pattern[Math.floor(f / stepFrames)] === '#' ? 1 : -1;
    frames[f * inputSize + 1] = s / 2 ** 32;
  }
  return frames;
}

function push(target: Probe, scheduler: BatchScheduler, frames: Float32Array): void {
  const { buffer, offset } = target.channel.reserveFrames(frames.length / inputSize);
  buffer.set(frames, offset);
  scheduler.notify(target.scheduled);
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

async function runInPackets(scheduler: BatchScheduler, frames: Float32Array, packet: number): Promise<Probe> {
  const target = probe();
  for (let at = 0; at < frames.length; at += packet * inputSize) {
    push(target, scheduler, frames.subarray(at, Math.min(frames.length, at + packet * inputSize)));
    if (packet > 3) await Promise.resolve();
  }
  target.channel.markEnd(frames.length, (summary) => {
    target.summary = summary;
  });
  scheduler.notify(target.scheduled);
  await settle();
  return target;
}

const pattern = '...##########..#####................####..#...........';

describe('BatchScheduler', () => {
  it('reports the same events however the frames arrive', async () => {
    const frames = framesOf(pattern, 3);
    const whole = await runInPackets(new BatchScheduler(new SmallModel()), frames, 1e6);
    expect(whole.events.map(({ type }) => type)).toEqual([
      'SpeechStarted',
      'Emotion',
      'SpeechEnded',
      'Emotion',
      'SpeechStarted',
      'SpeechEnded',
      'Emotion',
    ]);
    for (const packet of [1, 3, 4, 7, 40]) {
      const pieces = await runInPackets(new BatchScheduler(new SmallModel()), frames, packet);
      expect(pieces.events).toEqual(whole.events);
      expect(pieces.summary).toEqual(whole.summary);
    }
  });

  it('reports segments in samples of the stream, without the pause at their end', async () => {
    const { events } = await runInPackets(new BatchScheduler(new SmallModel()), framesOf(pattern, 3), 1e6);
    const finals = events.filter((e): e is EmotionEvent => e.type === 'Emotion' && e.isFinal);
    expect(finals.map(({ segment, startSample, endSample }) => [segment, startSample, endSample])).toEqual([
      [0, 3 * 640, 20 * 640],
      [1, 36 * 640, 43 * 640],
    ]);
    expect(finals[0]!.speechRatio).toBeCloseTo(15 / 17, 6);
  });

  it('gives a stream the same scores alone and among many others', async () => {
    const frames = framesOf(pattern, 3);
    const alone = await runInPackets(new BatchScheduler(new SmallModel()), frames, 10);
    const model = new SmallModel();
    const scheduler = new BatchScheduler(model, { maxBatch: 8 });
    const all = await Promise.all(
      Array.from({ length: 21 }, (_, i) =>
        runInPackets(scheduler, framesOf(pattern, i === 11 ? 3 : 100 + i), 5 + i),
      ),
    );
    expect(all[11]!.events).toEqual(alone.events);
    expect(Math.max(...model.batches.map(({ batch }) => batch))).toBe(8);
  });

  it('ends the segment at the place where Finalize stood, whatever waits behind it', async () => {
    const model = new SmallModel();
    const scheduler = new BatchScheduler(model);
    const target = probe();
    push(target, scheduler, framesOf('..######', 1));
    target.channel.markFinalize();
    push(target, scheduler, framesOf('######......', 2));
    await settle();
    const finals = target.events.filter((e): e is EmotionEvent => e.type === 'Emotion' && e.isFinal);
    expect(
      finals.map(({ startSample, endSample, fromFinalize }) => [
        startSample / 640,
        endSample / 640,
        fromFinalize,
      ]),
    ).toEqual([
      [2, 8, true],
      [8, 14, false],
    ]);
    expect(finals.map(({ revision }) => revision)).toEqual([0, 0]);
    expect(target.drained).toBeGreaterThan(0);
  });

  it('fails only the streams of a call that broke', async () => {
    const model = new SmallModel();
    model.failWhen = ({ features }) => features[1] === 666;
    const scheduler = new BatchScheduler(model, { maxBatch: 1 });
    const good = probe();
    const bad = probe();
    const poison = framesOf('####', 1);
    poison[1] = 666;
    push(bad, scheduler, poison);
    push(good, scheduler, framesOf('..########', 1));
    await settle();
    expect(bad.errors.map(({ code }) => code)).toEqual(['internal']);
    expect(good.errors).toEqual([]);
    expect(good.events.length).toBeGreaterThan(0);
  });

  it('does not take for the start of speech what a gap tears apart', async () => {
    const scheduler = new BatchScheduler(new SmallModel());
    const torn = probe();
    push(torn, scheduler, framesOf('..##', 1));
    expect(torn.channel.markGap(16000)).toBe(true);
    push(torn, scheduler, framesOf('#......', 2));
    await settle();
    expect(torn.events).toEqual([]);
    push(torn, scheduler, framesOf('###', 3));
    await settle();
    expect(torn.events).toEqual([
      { type: 'SpeechStarted', channel: 0, ordinal: 0, atSample: 11 * 640 + 16000 },
    ]);
  });

  it('sends streams with as many frames through together, each once', async () => {
    const model = new SmallModel();
    const scheduler = new BatchScheduler(model);
    const targets = Array.from({ length: 40 }, () => probe());
    for (const [i, target] of targets.entries()) {
      push(target, scheduler, framesOf('#'.repeat(2 + (i % 2)), i));
    }
    await settle();
    expect(model.batches).toEqual([
      { batch: 20, frames: 8 },
      { batch: 20, frames: 12 },
    ]);
    expect(targets.map(({ drained }) => drained)).toEqual(targets.map(() => 1));
  });

  it('sends few streams through together with what all of them have', async () => {
    const model = new SmallModel();
    const scheduler = new BatchScheduler(model);
    const targets = [1, 5, 3].map((steps) => {
      const target = probe();
      push(target, scheduler, framesOf('#'.repeat(steps), steps));
      return target;
    });
    await settle();
    expect(model.batches).toEqual([
      { batch: 3, frames: 4 },
      { batch: 2, frames: 8 },
      { batch: 1, frames: 8 },
    ]);
    expect(targets.map(({ drained }) => drained)).toEqual([1, 1, 1]);
  });

  it('takes turns, so that a long file does not hold up a live stream', async () => {
    const model = new SmallModel();
    const scheduler = new BatchScheduler(model, { maxBatch: 1, maxSteps: 4 });
    const file = probe();
    const live = probe();
    let callsUntilLive = 0;
    const onDrained = (): void => {
      callsUntilLive = model.batches.length;
    };
    const scheduled = { ...live.scheduled, onDrained };
    push(file, scheduler, framesOf('#'.repeat(400), 1));
    const { buffer, offset } = live.channel.reserveFrames(16);
    buffer.set(framesOf('####', 2), offset);
    scheduler.notify(scheduled);
    await settle();
    expect(callsUntilLive).toBe(2);
    expect(model.batches).toHaveLength(101);
    expect(file.drained).toBe(1);
  });

  it('drops what waits when closed and tells those who wait', async () => {
    const scheduler = new BatchScheduler(new SmallModel(), { defer: (run) => void setTimeout(run, 1) });
    const target = probe();
    push(target, scheduler, framesOf('####', 1));
    await scheduler.close();
    await scheduler.close();
    expect(target.errors.map(({ code }) => code)).toEqual(['going_away']);
    expect(target.events).toEqual([]);
  });

  it('tells once who comes after it was closed', async () => {
    const scheduler = new BatchScheduler(new SmallModel());
    const target = probe();
    await scheduler.close();
    push(target, scheduler, framesOf('####', 1));
    push(target, scheduler, framesOf('####', 1));
    expect(target.errors.map(({ code }) => code)).toEqual(['going_away']);
  });
});
