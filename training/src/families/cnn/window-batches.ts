/** Batches of windows for the CNN, cut from the rows that the streaming model trains on, with all their augmentation. */
import type { BatchSource } from '../../train/batch.ts';
import { seededRandom } from '../../train/seeded-random.ts';

export interface WindowBatch {
  /** `[T, B, F]`, time first, as the training graph takes it. */
  readonly features: Float32Array;
  /** `[B, C]` class distribution of each window times its weight. */
  readonly targets: Float32Array;
}

/** Share of the windows that end where the clip ends; the others end within it, as live results do. */
const wholeShare = 0.5;

export interface WindowBatchOptions {
  readonly windowFrames: number;
  readonly inputSize: number;
  readonly classes: number;
  readonly stepFrames: number;
  readonly seed: number;
}

/**
 * One window of each row of a batch: it ends with one of the row's views, and reaches back as far as the row does; before
 * that it holds zeros, as at the start of a stream.
 */
export function windowBatch(
  source: BatchSource,
  { windowFrames, inputSize, classes, stepFrames, seed }: WindowBatchOptions,
  epoch: number,
  index: number,
  shard: number,
): WindowBatch {
  const batch = source.batch(epoch, index, shard);
  const { rows, frames } = batch;
  const { views } = source;
  const random = seededRandom(seed, 1, epoch, index, shard);
  const features = new Float32Array(windowFrames * rows * inputSize);
  const targets = new Float32Array(rows * classes);
  const steps = frames / stepFrames;
  for (let row = 0; row < rows; row++) {
    const view = views === 1 || random() < wholeShare ? 0 : 1 + Math.floor(random() * (views - 1));
    const whole = batch.targets.subarray(row * views * classes, (row * views + 1) * classes);
    targets.set(whole, row * classes);
    const mask = batch.poolMask.subarray((row * views + view) * steps, (row * views + view + 1) * steps);
    const end = (mask.lastIndexOf(0) + 1) * stepFrames;
    const start = Math.max(0, end - windowFrames);
    for (let t = start; t < end; t++) {
      const from = (row * frames + t) * inputSize;
      const to = ((windowFrames - end + t) * rows + row) * inputSize;
      features.set(batch.features.subarray(from, from + inputSize), to);
    }
  }
  return { features, targets };
}
