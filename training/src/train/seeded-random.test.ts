import { describe, expect, it } from 'vitest';
import { seededNormal, seededRandom } from './seeded-random.ts';

describe('seededRandom', () => {
  it('repeats for the same key and differs for any other', () => {
    const first = (...key: number[]): number => seededRandom(...key)();
    expect(first(1, 2, 3)).toBe(first(1, 2, 3));
    const keys = [[1, 2, 3], [1, 3, 2], [1, 2], [1, 2, 3, 0], [2 ** 40 + 1, 2, 3], [0, 0], [0]];
    expect(new Set(keys.map((key) => first(...key))).size).toBe(keys.length);
  });

  it('is uniform, also over neighbouring keys', () => {
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 20000; i++) counts[Math.floor(10 * seededRandom(5, i)())]!++;
    // Chi-squared with 9 degrees of freedom exceeds 27.9 with probability 0.001.
    const chiSquared = counts.reduce((sum, n) => sum + (n - 2000) ** 2 / 2000, 0);
    expect(chiSquared).toBeLessThan(27.9);
  });

  it('makes normal numbers of mean 0 and deviation 1', () => {
    const normal = seededNormal(seededRandom(9));
    const values = Array.from({ length: 20000 }, normal);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.03);
    expect(Math.abs(variance - 1)).toBeLessThan(0.04);
  });
});
