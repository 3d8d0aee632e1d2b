import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import type { UndertoneError } from '../errors.ts';
import type { ModelRuntime, StepRequest, StepResult } from '../model/model-runtime.ts';
import { BatchScheduler, type ScheduledChannel } from './batch-scheduler.ts';
import { ChannelRecogniser } from './channel-recogniser.ts';
import type { ChannelSummary, EmotionEvent, RecogniserEvent } from './events.ts';

const manifest = testManifest();
const { inputSize, stateSize, valueSize, stepFrames } = manifest;

/**
 * A network small enough to know: the state counts steps and carries a running sum of input 1; the values are input 1
 * of the step's last frame, the running sum and the step count; speech is where input 0 is positive. The head says
 * angry in proportion to the mean of value 0.
 */
class SmallModel implements ModelRuntime {
  readonly manifest = manifest;
  readonly batches: { batch: number; frames: number }[] = [];
  failWhen: (request: StepRequest) => boolean = () => false;

  async step(request: StepRequest): Promise<StepResult> {
    this.batches.push({ batch: request.batch, frames: request.frames });
    if (this.failWhen(request)) throw new Error('broken on purpose');
    const { batch, frames } = request;
    const steps = frames / stepFrames;
    const result = {
      state: Float32Array.from(request.state),
      values: new Float32Array(batch * steps * valueSize),
      attention: new Float32Array(batch * steps),
      speech: new Float32Array(batch * steps),
    };
    for (let n = 0; n < batch; n++) {
      for (let t = 0; t < steps; t++) {
        const last = (n * frames + (t + 1) * stepFrames - 1) * inputSize;
        const x = request.features[last + 1]!;
        result.state[n * stateSize]! += 1;
        result.state[n * stateSize + 1]! += x;
        const v = (n * steps + t) * valueSize;
        result.values[v] = x;
        result.values[v + 1] = result.state[n * stateSize + 1]!;
        result.values[v + 2] = result.state[n * stateSize]!;
        result.attention[n * steps + t] = x;
        result.speech[n * steps + t] = request.features[last]! > 0 ? 5 : -5;
      }
    }
    return result;
  }

  async head(pooled: Float32Array, batch: number): Promise<Float32Array> {
    const logits = new Float32Array(batch * 3);
    for (let n = 0; n < batch; n++) logits[n * 3] = 4 * pooled[n * 2 * valueSize]!;
    return logits;
  }

  async close(): Promise<void> {}
}

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
    manifest,
    {
      channel: 0,
      intervalSamples: 8000,
      windowSamples: 48000,
      endpointingSamples: 4000,
      maxSegmentSamples: 480000,
      interimResults: true,
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
    expect(callsUntilLive).toBe(3);
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
});
