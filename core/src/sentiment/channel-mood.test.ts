import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import { ChannelReporter } from '../stream/channel-reporter.ts';
import type { Judgement, RecogniserEvent, TrendEvent } from '../stream/events.ts';
import { PoolSum } from '../stream/pool-sum.ts';
import { StateReader } from '../stream/state-reader.ts';
import { StateWriter } from '../stream/state-writer.ts';
import { ChannelMood } from './channel-mood.ts';
import { judge } from './judge.ts';

const rate = 16_000;
const manifest = testManifest();

/** With these logits of angry, happy and neutral, from `speechMs` of speech. */
function judged(logits: readonly number[], speechMs = 2000): Judgement {
  return judge(manifest, logits, speechMs);
}
const neutral = judged([0, 0, 9]);
const angry = judged([9, 0, 0]);

function stateOf(mood: ChannelMood): Uint8Array {
  const writer = new StateWriter();
  mood.writeState(writer);
  return writer.finish();
}

describe('the mood of a channel', () => {
  it('weighs values and probabilities by speech, and leaves out what has too little of it', () => {
    const mood = new ChannelMood(manifest);
    expect(mood.summary).toBeNull();
    mood.hear(0, rate, rate, judged([9, 9, 9], 100));
    mood.hear(0, rate, 0, angry);
    expect(mood.summary).toBeNull();
    const halves = judged([0, 0, -99]);
    mood.hear(0, rate, rate, halves);
    mood.hear(2 * rate, 6 * rate, 3 * rate, judged([-99, -99, 0]));
    const { mean, share, quarters } = mood.summary!;
    expect(mean.valence).toBeCloseTo((-0.5 + 0.8) / 8, 9);
    expect(mean.arousal).toBeCloseTo((0.6 + 0.5) / 8, 9);
    expect(share.angry).toBeCloseTo(1 / 8, 9);
    expect(share.happy).toBeCloseTo(1 / 8, 9);
    expect(share.neutral).toBeCloseTo(3 / 4, 9);
    expect(quarters).toBeNull();
  });

  it('of a call that begins neutral and ends angry turns, from its opening to its closing quarter', () => {
    const mood = new ChannelMood(manifest);
    for (let i = 0; i < 12; i++) {
      mood.hear(3 * i * rate, (3 * i + 2) * rate, 2 * rate, i < 6 ? neutral : angry);
    }
    const { baseline, mean, relative, quarters, turningPoints, course, neutralSamples } = mood.summary!;
    expect(neutralSamples).toBe(12 * rate);
    expect(baseline.valence).toBeCloseTo((12 * neutral.dimensions.valence) / 22, 4);
    expect(relative.valence).toBeCloseTo(mean.valence - baseline.valence, 12);
    expect(quarters!.opening.valence).toBeCloseTo(neutral.dimensions.valence, 12);
    expect(quarters!.closing.valence).toBeCloseTo(angry.dimensions.valence, 12);
    expect(turningPoints.map(({ atSample }) => atSample)).toEqual([18 * rate]);
    expect(course.at(-1)!.valence).toBeCloseTo(angry.dimensions.valence, 12);
    expect(mood.turningPoint).toEqual(turningPoints[0]);
  });

  it('takes less than a kilobyte however long the call is, and goes on from it as if nothing had happened', () => {
    let state = 3;
    const next = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const mood = new ChannelMood(manifest);
    let moved = new ChannelMood(manifest);
    let most = 0;
    for (let i = 0; i < 3000; i++) {
      const result = judged([3 * next(), 3 * next(), 3 * next()]);
      const samples = Math.round((0.3 + 3 * next()) * rate);
      for (const one of [mood, moved]) one.hear(4 * i * rate, 4 * i * rate + samples, samples, result);
      const bytes = stateOf(moved);
      most = Math.max(most, bytes.length);
      moved = new ChannelMood(manifest);
      moved.readState(new StateReader(bytes));
    }
    expect(moved.summary).toEqual(mood.summary);
    expect(most).toBeLessThan(1024);
  });

  it('is in the trend: its means less the baseline, and the newest turning point once there is one', () => {
    const events: RecogniserEvent[] = [];
    // A step is 40 ms.
    const stepSamples = 640;
    const reporter = new ChannelReporter(manifest, stepSamples, 0, (event) => events.push(event));
    reporter.setTrend(rate);
    const sum = new PoolSum(manifest.valueSize);
    for (let i = 0; i < 12; i++) {
      const [startStep, endStep] = [75 * i, 75 * i + 50];
      reporter.beginSegment();
      const part = { sum, startStep, endStep, segmentStep: startStep, speechSteps: 50 };
      const logits = Float32Array.from(i < 6 ? [0, 0, 9] : [9, 0, 0]);
      reporter.judgement({ ...part, kind: 'final', isReported: true }).deliver(logits);
      const due: ReturnType<typeof reporter.judgement>[] = [];
      reporter.addTrend(75 * (i + 1), due);
      for (const { deliver } of due) deliver(null);
    }
    const trends = events.filter((event): event is TrendEvent => event.type === 'Trend');
    expect(trends).toHaveLength(12);
    expect(trends.slice(0, 7).some(({ turningPoint }) => turningPoint)).toBe(false);
    expect(trends.slice(8).map(({ turningPoint }) => turningPoint?.atSample)).toEqual([
      18 * rate,
      18 * rate,
      18 * rate,
      18 * rate,
    ]);
    const { relative, valence } = trends.at(-1)!;
    const baseline = (12 * neutral.dimensions.valence) / 22;
    expect(relative.valence).toBeCloseTo(valence.mean - baseline, 4);
  });
});
