import { expect, test } from 'vitest';
import { RateLimit } from './rate-limit.ts';

test('a burst passes at once, then a second per second', () => {
  const limit = new RateLimit(1, 2);
  expect(limit.take(2, 0)).toBe(0);
  expect(limit.take(0.5, 100)).toBeGreaterThan(0);
  const steady = new RateLimit(1.25, 1);
  for (let ms = 0; ms < 60_000; ms += 20) expect(steady.take(0.02, ms)).toBe(0);
});

test('it says how long to wait', () => {
  const limit = new RateLimit(2, 1);
  expect(limit.take(5, 0)).toBe(2000);
  expect(limit.take(0, 1000)).toBe(1000);
  expect(limit.take(0, 2000)).toBe(0);
});

test('what is not used is kept up to the burst and no further', () => {
  const limit = new RateLimit(1, 2);
  limit.take(2, 0);
  expect(limit.take(2, 1_000_000)).toBe(0);
  expect(limit.take(0.1, 1_000_000)).toBeGreaterThan(0);
});

test('a rate of 0 allows everything, and a refill forgets', () => {
  expect(new RateLimit(0, 0).take(1e9, 0)).toBe(0);
  const limit = new RateLimit(1, 1);
  limit.take(100, 0);
  limit.refill();
  expect(limit.take(1, 0)).toBe(0);
});
