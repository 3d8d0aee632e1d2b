import { describe, expect, it } from 'vitest';
import { GridSampler } from './grid-sampler.ts';
import { RandomSampler } from './random-sampler.ts';
import type { Sampler } from './sampler.ts';
import { type Parameter, type Point, pointKey } from './search-space.ts';
import { TpeSampler } from './tpe-sampler.ts';
import type { Trial } from './trial.ts';

const range = (name: string, low: number, high: number, scale: 'linear' | 'log' = 'linear'): Parameter => ({
  kind: 'range',
  name,
  low,
  high,
  scale,
  whole: false,
});
const whole = (name: string, low: number, high: number): Parameter => ({
  kind: 'range',
  name,
  low,
  high,
  scale: 'linear',
  whole: true,
});
const choice = (name: string, ...values: unknown[]): Parameter => ({ kind: 'choice', name, values });

/** Trials of a function, which is maximised. */
function search(sampler: Sampler, score: (point: Point) => number, budget: number): Trial[] {
  const trials: Trial[] = [];
  while (trials.length < budget) {
    const number = trials.length;
    const point = sampler.propose(number, trials);
    if (!point) break;
    trials.push({ number, point, state: 'done', value: score(point), steps: [] });
  }
  return trials;
}

const best = (trials: readonly Trial[]): number => Math.max(...trials.map(({ value }) => value!));
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Branin (Dixon and Szegő 1978); least value 0.397887 at three points. */
function branin({ x, y }: Point): number {
  const [a, b] = [x as number, y as number];
  const curve = b - (5.1 / (4 * Math.PI ** 2)) * a * a + (5 / Math.PI) * a - 6;
  return curve ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10;
}

/** As a support vector machine might answer: two scales, a kernel that matters, a number that hardly does. */
const machine = ({ cost, gamma, kernel, folds }: Point): number =>
  -((Math.log10(cost as number) - 1) ** 2) -
  (Math.log10(gamma as number) + 3) ** 2 -
  (kernel === 'rbf' ? 0 : 3) -
  Math.abs((folds as number) - 7) / 100;

const machineSpace = [
  range('cost', 1e-3, 1e4, 'log'),
  range('gamma', 1e-6, 1, 'log'),
  choice('kernel', 'linear', 'rbf', 'poly'),
  whole('folds', 2, 20),
];

describe('TPE', () => {
  it.each([
    ['Branin', [range('x', -5, 10), range('y', 0, 15)], (point: Point) => -branin(point)],
    ['a mixed space', machineSpace, machine],
  ])('finds more than random search on the same budget: %s', (_, space, score) => {
    const seeds = Array.from({ length: 30 }, (_, seed) => seed);
    const found = (make: (seed: number) => Sampler): number[] =>
      seeds.map((seed) => best(search(make(seed), score, 50)));
    const tpe = found((seed) => new TpeSampler(space, seed));
    // Other seeds, as TPE begins with random trials of its own.
    const random = found((seed) => new RandomSampler(space, seed + 100));
    expect(median(tpe)).toBeGreaterThan(median(random));
    expect(tpe.filter((value, i) => value > random[i]!).length).toBeGreaterThanOrEqual(20);
  });

  it('comes near the optimum of Branin', () => {
    const space = [range('x', -5, 10), range('y', 0, 15)];
    const trials = search(new TpeSampler(space, 3), (point) => -branin(point), 120);
    expect(-best(trials)).toBeLessThan(0.6);
  });

  it('learns which choice is good', () => {
    const trials = search(new TpeSampler(machineSpace, 5), machine, 60);
    const late = trials.slice(30).filter(({ point }) => point.kernel === 'rbf');
    expect(late.length).toBeGreaterThan(20);
  });

  it('proposes the same when it is asked again, with failed, pruned and running trials among the earlier', () => {
    const trials = search(new TpeSampler(machineSpace, 5), machine, 20).map(
      (trial, i): Trial =>
        i === 4
          ? { ...trial, state: 'failed', value: null }
          : i === 7
            ? { ...trial, state: 'pruned', steps: [{ step: 1, value: -4 }] }
            : i === 19
              ? { ...trial, state: 'running', value: null }
              : trial,
    );
    const [first, second] = [1, 2].map(() => new TpeSampler(machineSpace, 5).propose(20, trials));
    expect(first).toEqual(second);
    expect(new TpeSampler(machineSpace, 6).propose(20, trials)).not.toEqual(first);
  });

  it('does not send two at once to the same place', () => {
    const space = [range('x', 0, 1)];
    const trials = search(new TpeSampler(space, 1), ({ x }) => -(((x as number) - 0.3) ** 2), 20);
    const sampler = new TpeSampler(space, 1);
    const first = sampler.propose(20, trials)!;
    const running: Trial = { number: 20, point: first, state: 'running', value: null, steps: [] };
    const alone = sampler.propose(21, trials)!.x as number;
    const beside = sampler.propose(21, [...trials, running])!.x as number;
    const from = (x: number): number => Math.abs(x - (first.x as number));
    expect(from(beside)).toBeGreaterThanOrEqual(from(alone));
  });
});

describe('random search', () => {
  it('stays in the bounds, spreads over a log scale, and tries nothing twice', () => {
    const trials = search(new RandomSampler(machineSpace, 1), machine, 400);
    const gammas = trials.map(({ point }) => point.gamma as number);
    expect(Math.min(...gammas)).toBeGreaterThanOrEqual(1e-6);
    expect(Math.max(...gammas)).toBeLessThanOrEqual(1);
    expect(gammas.filter((gamma) => gamma < 1e-3).length / 400).toBeCloseTo(0.5, 1);
    expect(new Set(trials.map(({ point }) => pointKey(point))).size).toBe(400);
  });

  it('ends when a finite space is used up', () => {
    const space = [whole('n', 1, 3), choice('kernel', 'a', 'b')];
    expect(search(new RandomSampler(space, 1), () => 0, 100)).toHaveLength(6);
    expect(search(new TpeSampler(space, 1, { startTrials: 2 }), () => 0, 100)).toHaveLength(6);
  });
});

describe('grid search', () => {
  it('visits every combination once, on the scale of each range', () => {
    const sampler = new GridSampler(
      [{ ...range('cost', 0.1, 10, 'log'), points: 3 } as Parameter, choice('kernel', 'a', 'b')],
      1,
    );
    const points = search(sampler, () => 0, 100).map(({ point }) => point);
    expect(points.map(pointKey).sort()).toEqual(
      ['a', 'b'].flatMap((kernel) => [0.1, 1, 10].map((cost) => pointKey({ cost, kernel }))).sort(),
    );
  });

  it('is as fine as the budget allows', () => {
    const space = [range('x', 0, 1), range('y', 0, 1), choice('kernel', 'a', 'b')];
    expect(new GridSampler(space, 1, 40).points).toHaveLength(32);
    expect(new GridSampler(space, 1, 5).points).toHaveLength(8);
    expect(new GridSampler([whole('n', 1, 3)], 1, 40).points).toHaveLength(3);
  });

  it('has seen more than a corner when it is cut short', () => {
    const sampler = new GridSampler([range('x', 0, 1), range('y', 0, 1)], 1, 64);
    const first = search(sampler, () => 0, 16).map(({ point }) => point.x as number);
    expect(new Set(first).size).toBeGreaterThan(4);
  });
});
