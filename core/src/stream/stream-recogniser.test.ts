import { beforeAll, describe, expect, it } from 'vitest';
import { SmallModel } from '../../../test/support/small-model.ts';
import { BatchScheduler } from './batch-scheduler.ts';
import type { ChannelSummary, RecogniserEvent } from './events.ts';
import { StreamRecogniser, type StreamRecogniserOptions } from './stream-recogniser.ts';

type Options = Partial<StreamRecogniserOptions>;

/** The mel band that a 220 Hz tone falls into. */
const bandOf220Hz = 5;

interface Run {
  readonly events: readonly RecogniserEvent[];
  readonly summaries: readonly ChannelSummary[];
}

/** Bursts of a 220 Hz tone in faint noise, `seconds` long: enough for a model that calls loud frames speech. */
function tones(seconds: number, rateHz = 16000): Int16Array {
  const samples = new Int16Array(seconds * rateHz);
  let s = 1;
  for (let i = 0; i < samples.length; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    const on = i % (2 * rateHz) < rateHz;
    samples[i] = 40 * (s / 2 ** 32 - 0.5) + (on ? 9000 * Math.sin((2 * Math.PI * 220 * i) / rateHz) : 0);
  }
  return samples;
}

function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function interleave(left: Int16Array, right: Int16Array): Int16Array {
  const both = new Int16Array(2 * left.length);
  for (let i = 0; i < left.length; i++) both.set([left[i]!, right[i]!], 2 * i);
  return both;
}

async function run(bytes: Uint8Array, packetBytes: number, options: Options = {}): Promise<Run> {
  const scheduler = new BatchScheduler(new SmallModel(bandOf220Hz));
  const events: RecogniserEvent[] = [];
  const stream = new StreamRecogniser(scheduler, {
    encoding: 'linear16',
    sampleRateHz: 16000,
    channels: 1,
    onEvents: (more) => events.push(...more),
    onError: (error) => expect.unreachable(error.message),
    ...options,
  });
  for (let at = 0; at < bytes.length; at += packetBytes) {
    stream.accept(bytes.subarray(at, at + packetBytes));
    if (at % 64 === 0) await Promise.resolve();
  }
  const summaries = await stream.finish();
  return { events, summaries };
}

describe('StreamRecogniser', () => {
  const bytes = bytesOf(tones(5));
  let whole: Run;
  beforeAll(async () => {
    whole = await run(bytes, bytes.length);
  });

  it('hears the bursts of a recording as segments and sums the channel up', () => {
    expect(whole.events.filter(({ type }) => type === 'SpeechStarted')).toHaveLength(3);
    expect(whole.events.filter((event) => event.type === 'Emotion' && event.isFinal)).toHaveLength(3);
    expect(whole.summaries).toHaveLength(1);
    expect(whole.summaries[0]).toMatchObject({ channel: 0, audioSamples: 80000, segments: 3 });
    expect(whole.summaries[0]!.speechSamples / 16000).toBeCloseTo(3, 0);
  });

  it.each([1, 7, 333, 640, 4096, 32000])(
    'gives the same events in packets of %i bytes',
    async (packetBytes) => {
      expect(await run(bytes, packetBytes)).toEqual(whole);
    },
  );

  it('keeps two channels apart and each as it is alone', async () => {
    const left = tones(5);
    const right = left.map((x) => -x >> 3);
    const both = await run(bytesOf(interleave(left, right)), 999, { channels: 2 });
    const alone = await run(bytesOf(right), 4096);
    expect(both.events.filter(({ channel }) => channel === 0)).toEqual(whole.events);
    expect(both.events.filter(({ channel }) => channel === 1)).toEqual(
      alone.events.map((event) => ({ ...event, channel: 1 })),
    );
    expect(both.summaries.map(({ channel }) => channel)).toEqual([0, 1]);
  });

  it('does not hear a channel that is not to be analysed', async () => {
    const stereo = bytesOf(interleave(tones(3), tones(3)));
    const { events, summaries } = await run(stereo, 4096, { channels: 2, analysed: [true, false] });
    expect(new Set(events.map(({ channel }) => channel))).toEqual(new Set([0]));
    expect(summaries.map(({ channel }) => channel)).toEqual([0]);
  });

  it('resamples other rates to its own clock', async () => {
    const { summaries } = await run(bytesOf(tones(5, 8000)), 77, { sampleRateHz: 8000 });
    expect(summaries[0]).toMatchObject({ audioSamples: 80000, segments: 3 });
  });

  it('sums up a stream without any audio as nothing heard', async () => {
    const { events, summaries } = await run(new Uint8Array(0), 1);
    expect(events).toEqual([]);
    expect(summaries[0]).toMatchObject({
      label: null,
      abstain: 'no_speech',
      audioSamples: 0,
      speechSamples: 0,
    });
    expect(Object.values(summaries[0]!.scores)).toHaveLength(3);
  });

  it('refuses audio after its end and says so, and can be closed twice', async () => {
    const scheduler = new BatchScheduler(new SmallModel(bandOf220Hz));
    const stream = new StreamRecogniser(scheduler, {
      encoding: 'linear16',
      sampleRateHz: 16000,
      channels: 1,
      onEvents: () => {},
      onError: () => {},
    });
    await stream.finish();
    expect(() => stream.accept(new Uint8Array(2))).toThrow(
      expect.objectContaining({ code: 'audio_after_close' }),
    );
    stream.close();
    stream.close();
  });

  it('rejects those who wait when it is closed', async () => {
    const scheduler = new BatchScheduler(new SmallModel(bandOf220Hz), {
      defer: (later) => void setTimeout(later, 50),
    });
    const stream = new StreamRecogniser(scheduler, {
      encoding: 'linear16',
      sampleRateHz: 16000,
      channels: 1,
      onEvents: () => expect.unreachable('events after close'),
      onError: () => {},
    });
    stream.accept(bytes);
    expect(stream.pendingFrames).toBeGreaterThan(400);
    const waiting = stream.drained();
    stream.close();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
  });

  it('tells whoever finishes after the scheduler was closed, and does not wait for ever', async () => {
    const scheduler = new BatchScheduler(new SmallModel(bandOf220Hz));
    const errors: string[] = [];
    const stream = new StreamRecogniser(scheduler, {
      encoding: 'linear16',
      sampleRateHz: 16000,
      channels: 1,
      onEvents: () => {},
      onError: ({ code }) => errors.push(code),
    });
    stream.accept(bytes.subarray(0, 32000));
    await stream.drained();
    await scheduler.close();
    await expect(stream.finish()).rejects.toMatchObject({ code: 'going_away' });
    expect(errors).toEqual(['going_away']);
  });

  it('goes on after audio that cannot be decoded, without it', async () => {
    const scheduler = new BatchScheduler(new SmallModel(bandOf220Hz));
    const stream = new StreamRecogniser(scheduler, {
      encoding: 'float32',
      sampleRateHz: 16000,
      channels: 1,
      onEvents: () => {},
      onError: (error) => expect.unreachable(error.message),
    });
    const floats = (values: readonly number[]): Uint8Array =>
      new Uint8Array(Float32Array.from(values).buffer);
    stream.accept(floats(new Array<number>(16000).fill(0.1)));
    expect(() => stream.accept(floats([0, Number.NaN, 0]))).toThrow(
      expect.objectContaining({ code: 'bad_audio' }),
    );
    stream.accept(floats(new Array<number>(16000).fill(0.1)));
    const [summary] = await stream.finish();
    expect(summary!.audioSamples).toBe(32000);
  });
});
