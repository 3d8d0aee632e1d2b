/**
 * Mixup (Zhang et al. 2018, "mixup: beyond empirical risk minimization", ICLR) of the rows of a batch: inputs and targets
 * are convex combinations of two rows.
 */
import type { TrainingBatch } from '../train/batch.ts';
import type { Random } from './random.ts';

/**
 * Mixes every row with another one, in place. The row itself has at least half of the weight, and its own views are
 * pooled.
 * @param rows filled rows of the batch
 * @param alpha of the Beta distribution that weights are drawn from
 */
export function mixRows(batch: TrainingBatch, rows: number, alpha: number, random: Random): void {
  if (rows < 2) return;
  const partners = random.shuffle(Array.from({ length: rows }, (_, row) => row));
  const weights = partners.map(() => {
    const weight = beta(alpha, random);
    return Math.max(weight, 1 - weight);
  });
  for (const values of [batch.features, batch.targets, batch.speechTargets]) {
    const before = values.slice();
    const size = values.length / batch.rows;
    for (let row = 0; row < rows; row++) {
      const weight = weights[row]!;
      const [own, other] = [row * size, partners[row]! * size];
      for (let i = 0; i < size; i++) {
        values[own + i] = weight * before[own + i]! + (1 - weight) * before[other + i]!;
      }
    }
  }
}

/** Beta(a, a) from two Gamma variables. */
function beta(a: number, random: Random): number {
  const [x, y] = [gamma(a, random), gamma(a, random)];
  return x + y > 0 ? x / (x + y) : 0.5;
}

/** Marsaglia and Tsang 2000, "A simple method for generating gamma variables". */
function gamma(shape: number, random: Random): number {
  if (shape < 1) return gamma(shape + 1, random) * (1 - random.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - random.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}
