import { expect, test } from 'vitest';
import { RateLimit } from './rate-limit.ts';

test('a burst passes at once, then the rate holds', () => {
  const limit = new RateLimit(1.25, 5);
  for (let i = 0; i < 50; i++) expect(limit.take(0.1, 0)).toBe(true);
  expect(limit.take(0.1, 0)).toBe(false);
});

test('audio at the allowed rate passes for ever, faster audio does not', () => {
  const sustained = (rate: number): boolean => {
    const limit = new RateLimit(1.25, 5);
    for (let i = 0; i < 10_000; i++) if (!limit.take(0.1 * rate, i * 100)) return false;
    return true;
  };
  expect(sustained(1)).toBe(true);
  expect(sustained(1.25)).toBe(true);
  expect(sustained(1.26)).toBe(false);
});

test('a rate of 0 allows everything', () => {
  expect(new RateLimit(0, 5).take(1e9, 0)).toBe(true);
});
