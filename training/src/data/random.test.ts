import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';

const draw = (random: Random, count: number): number[] =>
  Array.from({ length: count }, () => random.uniform());

describe('Random', () => {
  it('gives the same numbers for the same keys and others for others', () => {
    expect(draw(new Random(1, 'row', 7), 5)).toEqual(draw(new Random(1, 'row', 7), 5));
    const first = new Set([1, 2, 3, 4].flatMap((row) => draw(new Random(1, 'row', row), 5)));
    expect(first.size).toBe(20);
    // Keys are not simply joined.
    expect(draw(new Random(1, 23), 1)).not.toEqual(draw(new Random(12, 3), 1));
  });

  it('is uniform in [0, 1), also in the first number of neighbouring keys', () => {
    const firsts = Array.from({ length: 20_000 }, (_, i) => new Random('seed', i).uniform());
    expect(Math.min(...firsts)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...firsts)).toBeLessThan(1);
    const bins = new Array<number>(10).fill(0);
    for (const value of firsts) bins[Math.floor(value * 10)]!++;
    // Standard deviation of a bin is 42.
    for (const count of bins) expect(Math.abs(count - 2000)).toBeLessThan(250);
  });

  it('draws normal numbers of mean 0 and variance 1', () => {
    const random = new Random(3);
    const values = Array.from({ length: 50_000 }, () => random.normal());
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((a, b) => a + b * b) / values.length - mean * mean;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });

  it('shuffles without losing anything', () => {
    const shuffled = new Random(5).shuffle(Array.from({ length: 100 }, (_, i) => i));
    expect(shuffled).not.toEqual([...shuffled].sort((a, b) => a - b));
    expect([...shuffled].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
