import { describe, expect, it } from 'vitest';
import type { TrainingBatch } from '../train/batch.ts';
import { mixRows } from './mixup.ts';
import { Random } from './random.ts';

/** Row r has features r and the target of class r. */
function batch(rows: number): TrainingBatch {
  const targets = new Float32Array(rows * rows);
  for (let row = 0; row < rows; row++) targets[row * rows + row] = 1;
  return {
    rows,
    frames: 4,
    features: Float32Array.from({ length: rows * 8 }, (_, i) => Math.floor(i / 8)),
    poolMask: new Float32Array(rows),
    targets,
    speechTargets: Float32Array.from({ length: rows }, (_, row) => row % 2),
    speechWeights: new Float32Array(rows).fill(1),
  };
}

describe('mixRows', () => {
  it('mixes inputs and targets by the same weights, and a row keeps at least half of itself', () => {
    const mixed = batch(8);
    mixRows(mixed, 8, 0.4, new Random(1));
    let changed = 0;
    for (let row = 0; row < 8; row++) {
      const target = mixed.targets.subarray(row * 8, row * 8 + 8);
      expect(target.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
      expect(target[row]).toBeGreaterThanOrEqual(0.5);
      const expected = target.reduce((sum, share, label) => sum + share * label, 0);
      for (const value of mixed.features.subarray(row * 8, row * 8 + 8))
        expect(value).toBeCloseTo(expected, 5);
      const speech = target.reduce((sum, share, label) => sum + share * (label % 2), 0);
      expect(mixed.speechTargets[row]).toBeCloseTo(speech, 5);
      changed += Number(target[row]! < 0.999);
    }
    expect(changed).toBeGreaterThan(2);
  });

  it('is the same for the same seed, and leaves rows that are not filled alone', () => {
    const [a, b] = [batch(6), batch(6)];
    mixRows(a, 4, 1, new Random(2));
    mixRows(b, 4, 1, new Random(2));
    expect(a).toEqual(b);
    expect(a.features.subarray(32)).toEqual(batch(6).features.subarray(32));
    expect(a.targets.subarray(0, 24).some((share, i) => i % 6 >= 4 && share > 0)).toBe(false);
  });

  it('draws weights of the Beta distribution', () => {
    // Mean of max(w, 1 - w): 3/4 for the uniform distribution (alpha 1), more for smaller alphas, less for larger.
    const mean = (alpha: number): number => {
      let sum = 0;
      const random = new Random('beta', alpha);
      for (let i = 0; i < 400; i++) {
        const two = batch(40);
        mixRows(two, 40, alpha, random);
        // A row that was its own partner tells nothing.
        const rows = Array.from({ length: 40 }, (_, row) => two.targets[row * 41]!).filter((w) => w < 1);
        sum += rows.reduce((a, b) => a + b, 0) / rows.length;
      }
      return sum / 400;
    };
    expect(mean(1)).toBeCloseTo(0.75, 2);
    expect(mean(4)).toBeLessThan(0.68);
    expect(mean(0.5)).toBeGreaterThan(0.79);
  });
});
