import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import { SmallModel } from '../../../test/support/small-model.ts';
import { BatchScheduler } from './batch-scheduler.ts';
import type { Judgement, RecogniserEvent, TrendEvent } from './events.ts';
import { StreamRecogniser, type StreamRecogniserOptions } from './stream-recogniser.ts';
import { Trend } from './trend.ts';

function judgement(label: string | null, valence: number, arousal: number): Judgement {
  return {
    label,
    ...(label === null ? { abstain: 'low_confidence' as const } : {}),
    confidence: 1,
    scores: {},
    sentiment: { label: 'neutral', scores: { negative: 0, neutral: 1, positive: 0 } },
    dimensions: { valence, arousal },
  };
}

describe('Trend', () => {
  const rate = 16000;

  it('finds mean and slope of values on a line, whatever their weights', () => {
    const trend = new Trend(testManifest());
    for (const [second, weight] of [
      [1, 100],
      [2, 9000],
      [4, 50],
      [9, 4000],
    ] as const) {
      trend.add(second * rate, weight, judgement('happy', 0.02 * second - 0.1, 0.5 - 0.03 * second));
    }
    const { valence, arousal } = trend.at(10 * rate)!;
    expect(valence.slope).toBeCloseTo(0.02, 12);
    expect(arousal.slope).toBeCloseTo(-0.03, 12);
    const time = (100 * 1 + 9000 * 2 + 50 * 4 + 4000 * 9) / 13150;
    expect(valence.mean).toBeCloseTo(0.02 * time - 0.1, 12);
  });

  it('weighs labels by speech, and leaves out what has none', () => {
    const trend = new Trend(testManifest());
    trend.add(rate, 3000, judgement('angry', 0, 0));
    trend.add(2 * rate, 1000, judgement('happy', 0, 0));
    trend.add(3 * rate, 5000, judgement(null, 0, 0));
    expect(trend.at(3 * rate)!.share).toEqual({ angry: 0.75, happy: 0.25 });
  });

  it('forgets after 30 s, and says nothing when nothing was said', () => {
    const trend = new Trend(testManifest());
    expect(trend.at(rate)).toBeNull();
    trend.add(rate, 1000, judgement('angry', -1, 1));
    trend.add(20 * rate, 1000, judgement('happy', 1, 0));
    expect(trend.at(30.9 * rate)!.valence.mean).toBe(0);
    expect(trend.at(31 * rate)!.valence).toEqual({ mean: 1, slope: 0 });
    expect(trend.at(50 * rate)).toBeNull();
  });

  it('does not count what abstains for want of speech, nor speech that was counted before', () => {
    const trend = new Trend(testManifest());
    trend.add(rate, 1000, { ...judgement(null, 1, 1), abstain: 'no_speech' });
    trend.add(rate, 0, judgement('happy', 1, 1));
    expect(trend.at(rate)).toBeNull();
  });
});

describe('trend events of a stream', () => {
  /** 3 s of a tone, 1 s without, and so on. */
  const pcm = new Int16Array(21 * 16000);
  for (let i = 0; i < pcm.length; i++) {
    const loud = i % 64000 < 48000 ? 9000 * Math.sin((2 * Math.PI * 220 * i) / 16000) : 0;
    pcm[i] = loud + (i % 7);
  }
  const bytes = new Uint8Array(pcm.buffer);

  async function run(
    packetBytes: number,
    options: Partial<StreamRecogniserOptions>,
    cutBytes = 0,
  ): Promise<RecogniserEvent[]> {
    const events: RecogniserEvent[] = [];
    const open = (snapshot?: Uint8Array): StreamRecogniser =>
      new StreamRecogniser(new BatchScheduler(new SmallModel(5)), {
        encoding: 'linear16',
        sampleRateHz: 16000,
        channels: 1,
        onEvents: (more) => events.push(...more),
        onError: (error) => expect.unreachable(error.message),
        ...options,
        ...(snapshot ? { snapshot } : {}),
      });
    let stream = open();
    for (let at = 0; at < bytes.length; at += packetBytes) {
      stream.accept(bytes.subarray(at, at + packetBytes));
      if (cutBytes === 0 || at + packetBytes < cutBytes || at >= cutBytes) continue;
      await stream.drained();
      stream = open(stream.snapshot());
    }
    await stream.finish();
    return events;
  }

  const trends = (events: readonly RecogniserEvent[]): TrendEvent[] =>
    events.filter((event): event is TrendEvent => event.type === 'Trend');

  it('come at the interval asked for, with the numbers of the other events, and not unasked', async () => {
    const events = await run(6400, { trendMs: 5000 });
    expect(trends(events).map(({ atSample }) => Math.floor(atSample / 16000))).toEqual([5, 10, 15, 20]);
    expect(events.map(({ ordinal }) => ordinal)).toEqual(events.map((_, i) => i));
    for (const { share, windowMs } of trends(events)) {
      expect(windowMs).toBe(30000);
      expect(Object.values(share).reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 12);
    }
    expect(trends(await run(6400, {}))).toEqual([]);
  });

  it('do not depend on packets, nor on interim results being reported', async () => {
    const whole = await run(1e6, { trendMs: 4000 });
    expect(await run(1000, { trendMs: 4000 })).toEqual(whole);
    const silent = await run(6400, { trendMs: 4000, interimResults: false });
    const values = (events: readonly RecogniserEvent[]) => trends(events).map((e) => ({ ...e, ordinal: 0 }));
    expect(values(silent)).toEqual(values(whole));
    expect(silent.some((event) => event.type === 'Emotion' && !event.isFinal)).toBe(false);
    const finals = silent.filter((event) => event.type === 'Emotion');
    expect(finals.map((event) => event.type === 'Emotion' && event.revision)).toEqual(finals.map(() => 0));
  });

  it('go on after a snapshot', async () => {
    const options = { trendMs: 4000 };
    expect(await run(3200, options, 11.3 * 32000)).toEqual(await run(1e6, options));
  });
});
