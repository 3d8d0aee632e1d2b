/** Rows of known classes for tests of the window classifiers: Gaussian clouds whose means lie apart. */
import { Random } from '../data/random.ts';
import type { LabelledRows } from './labelled-rows.ts';

/** @param apart distance of the class means in deviations; columns differ in offset and scale */
export function syntheticRows(
  count: number,
  size: number,
  classes: number,
  apart: number,
  seed = 1,
): LabelledRows {
  // The same classes for every seed.
  const place = new Random('means', size, classes);
  const means = Array.from({ length: classes }, () => Array.from({ length: size }, () => place.normal()));
  const random = new Random(seed, 'rows');
  const values = new Float32Array(count * size);
  const labels = Int32Array.from({ length: count }, (_, i) => i % classes);
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < size; d++) {
      const x = (apart / Math.sqrt(2 * size)) * means[labels[i]!]![d]! + random.normal();
      values[i * size + d] = 10 * d + (1 + d) * x;
    }
  }
  return {
    size,
    values,
    labels,
    classes,
    clips: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 2)),
    speakers: Int32Array.from({ length: count }, (_, i) => Math.floor(i / 2) % 8),
  };
}
