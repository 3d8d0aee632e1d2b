import { describe, expect, it } from 'vitest';
import { PoolSum } from './pool-sum.ts';
import { WindowSum } from './window-sum.ts';

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

describe('WindowSum', () => {
  it('holds the newest steps only, to a slot of the window', () => {
    const steps = randomSteps(137, 4);
    const window = new WindowSum(size, 50);
    feed(window, steps);
    const total = window.total();
    expect(total.steps).toBeGreaterThan(50 - 2);
    expect(total.steps).toBeLessThanOrEqual(50);
    expectClose(total.meanAndDeviation(), direct(steps.slice(-total.steps)));
    const before = [...total.meanAndDeviation()];
    window.reset();
    feed(window, steps);
    expect([...window.total().meanAndDeviation()]).toEqual(before);
  });

  it('holds everything while less than a window was heard, and nothing of before a reset', () => {
    const steps = randomSteps(20, 4);
    const window = new WindowSum(size, 125);
    feed(window, steps);
    expectClose(window.total().meanAndDeviation(), direct(steps));
    window.reset();
    feed(window, steps.slice(3, 9));
    expect(window.total().steps).toBe(6);
    expectClose(window.total().meanAndDeviation(), direct(steps.slice(3, 9)));
  });
});
