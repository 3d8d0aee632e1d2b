import { describe, expect, it } from 'vitest';
import { ChannelPool } from './channel-pool.ts';
import { PoolSum } from './pool-sum.ts';

const size = 3;

/** Direct two-pass evaluation of the definition, as an independent reference. */
function direct(steps: readonly { v: readonly number[]; s: number }[]): number[] {
  const top = Math.max(...steps.map(({ s }) => s));
  const weights = steps.map(({ s }) => Math.exp(s - top));
  const total = weights.reduce((a, b) => a + b, 0);
  const mean = Array.from(
    { length: size },
    (_, k) => steps.reduce((a, { v }, t) => a + weights[t]! * v[k]!, 0) / total,
  );
  const deviation = mean.map((m, k) =>
    Math.sqrt(steps.reduce((a, { v }, t) => a + weights[t]! * (v[k]! - m) ** 2, 0) / total + 1e-5),
  );
  return [...mean, ...deviation];
}

function randomSteps(count: number, spread: number): { v: number[]; s: number }[] {
  let seed = 7;
  const next = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32 - 0.5;
  };
  return Array.from({ length: count }, () => ({ v: [next(), next(), next()], s: spread * next() }));
}

function feed(
  sum: { addStep(v: Float32Array, o: number, s: number): void },
  steps: ReturnType<typeof randomSteps>,
): void {
  for (const { v, s } of steps) sum.addStep(Float32Array.from(v), 0, s);
}

function expectClose(actual: Float32Array, expected: readonly number[], tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  for (const [i, x] of expected.entries()) expect(Math.abs(actual[i]! - x)).toBeLessThan(tolerance);
}

describe('PoolSum', () => {
  it('equals the two-pass weighted mean and deviation', () => {
    const steps = randomSteps(200, 4);
    const sum = new PoolSum(size);
    feed(sum, steps);
    expectClose(sum.meanAndDeviation(), direct(steps));
  });

  it('neither overflows nor loses precision when scores range over hundreds', () => {
    const steps = randomSteps(300, 900);
    const sum = new PoolSum(size);
    feed(sum, steps);
    expectClose(sum.meanAndDeviation(), direct(steps));
  });

  it('gives the same for two spans added as for one span', () => {
    const steps = randomSteps(100, 60);
    const whole = new PoolSum(size);
    feed(whole, steps);
    const first = new PoolSum(size);
    const second = new PoolSum(size);
    feed(first, steps.slice(0, 37));
    feed(second, steps.slice(37));
    first.add(second);
    expect(first.steps).toBe(100);
    expectClose(first.meanAndDeviation(), [...whole.meanAndDeviation()]);
  });

  it('is not changed by adding an empty sum, and an empty sum is finite', () => {
    const sum = new PoolSum(size);
    expect([...sum.meanAndDeviation()].every(Number.isFinite)).toBe(true);
    feed(sum, randomSteps(5, 1));
    const before = [...sum.meanAndDeviation()];
    sum.add(new PoolSum(size));
    expect([...sum.meanAndDeviation()]).toEqual(before);
  });
});

/** Adds steps to an open segment. */
const speak = (pool: ChannelPool): { addStep(v: Float32Array, o: number, s: number): void } => ({
  addStep: (values, offset, score) => pool.addStep(values, offset, score, true),
});

describe('ChannelPool', () => {
  it('holds the newest steps of the segment as a window, to a slot of it', () => {
    const steps = randomSteps(137, 4);
    const pool = new ChannelPool(size, 50);
    pool.beginSegment();
    const lengths = new Set<number>();
    for (let end = 1; end <= steps.length; end++) {
      feed(speak(pool), steps.slice(end - 1, end));
      const { steps: length } = pool.window();
      expectClose(pool.window().meanAndDeviation(), direct(steps.slice(end - length, end)));
      if (end >= 50) lengths.add(length);
    }
    expect([...lengths].sort()).toEqual([49, 50]);
  });

  it('holds everything while less than a window was heard, and nothing of before the segment', () => {
    const steps = randomSteps(40, 4);
    const pool = new ChannelPool(size, 125);
    pool.beginSegment();
    feed(speak(pool), steps.slice(0, 20));
    expectClose(pool.window().meanAndDeviation(), direct(steps.slice(0, 20)));
    pool.beginSegment();
    feed(speak(pool), steps.slice(20, 26));
    expect(pool.window().steps).toBe(6);
    expectClose(pool.window().meanAndDeviation(), direct(steps.slice(20, 26)));
    expectClose(pool.segment().meanAndDeviation(), direct(steps.slice(20, 26)));
    expectClose(pool.channel().meanAndDeviation(), direct(steps.slice(0, 26)));
  });

  it('keeps the segment as it was before its last pause, and the channel with all', () => {
    const steps = randomSteps(60, 4);
    const pool = new ChannelPool(size, 125);
    for (const { v, s } of steps.slice(0, 7)) pool.addStep(Float32Array.from(v), 0, s, false);
    pool.beginSegment();
    feed(speak(pool), steps.slice(7, 30));
    pool.beginPause();
    feed(speak(pool), steps.slice(30, 33));
    expectClose(pool.segmentBeforePause().meanAndDeviation(), direct(steps.slice(7, 30)));
    expectClose(pool.segment().meanAndDeviation(), direct(steps.slice(7, 33)));
    feed(speak(pool), steps.slice(33, 50));
    pool.beginPause();
    for (const { v, s } of steps.slice(50)) pool.addStep(Float32Array.from(v), 0, s, false);
    expectClose(pool.segmentBeforePause().meanAndDeviation(), direct(steps.slice(7, 50)));
    expectClose(pool.channel().meanAndDeviation(), direct(steps));
  });
});
