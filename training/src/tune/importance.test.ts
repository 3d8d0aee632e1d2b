import { expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import { importances } from './importance.ts';
import type { Parameter } from './search-space.ts';
import type { Trial } from './trial.ts';

const space: Parameter[] = [
  { kind: 'range', name: 'none', low: 0, high: 1, scale: 'linear', whole: false },
  { kind: 'range', name: 'rate', low: 1e-4, high: 1, scale: 'log', whole: false },
  { kind: 'choice', name: 'kernel', values: ['a', 'b'] },
];

function trials(count: number, score: (rate: number, kernel: string) => number): Trial[] {
  const random = new Random('importance');
  return Array.from({ length: count }, (_, number) => {
    const point = {
      none: random.uniform(),
      rate: 10 ** random.between(-4, 0),
      kernel: random.pick(['a', 'b']),
    };
    return { number, point, state: 'done', value: score(Math.log10(point.rate), point.kernel), steps: [] };
  });
}

it('shares follow the variance that each parameter explains', () => {
  // Variance of the rate's part: 16 / 12 * 0.75 = 1; of the kernel's: 0.25.
  const score = (rate: number, kernel: string): number => Math.sqrt(0.75) * rate + (kernel === 'a' ? 1 : 0);
  const shares = Object.fromEntries(
    importances(space, trials(300, score)).map(({ name, share }) => [name, share]),
  );
  expect(shares.rate).toBeGreaterThan(0.7);
  expect(shares.rate).toBeLessThan(0.86);
  expect(shares.kernel).toBeGreaterThan(0.14);
  expect(shares.kernel).toBeLessThan(0.26);
  expect(shares.none).toBeLessThan(0.03);
});

it("what only a combination explains is nobody's share", () => {
  const score = (rate: number, kernel: string): number => (kernel === 'a' ? rate + 2 : -rate - 2);
  const found = importances(space, trials(300, score));
  expect(found.reduce((sum, { share }) => sum + share, 0)).toBeLessThan(0.35);
});

it('says nothing of few trials, or where all scored the same', () => {
  expect(
    importances(
      space,
      trials(5, (rate) => rate),
    ),
  ).toEqual([]);
  expect(
    importances(
      space,
      trials(50, () => 0.5),
    ),
  ).toEqual([]);
});
