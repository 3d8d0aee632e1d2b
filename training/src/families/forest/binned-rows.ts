/**
 * Rows with each value replaced by the number of its bin, so that a split is found by counting. Cuts lie between values
 * that occur, in float32, so that the exported thresholds part the rows exactly as they were parted in training.
 */
import type { LabelledRows } from '../labelled-rows.ts';

export interface BinnedRows {
  /** `[D, N]` bin of each value: the number of cuts below it. */
  readonly bins: Uint8Array;
  /** Per column, ascending, at most 255: value <= cuts[k] is bin <= k. */
  readonly cuts: readonly Float32Array[];
}

const mostCuts = 255;

export function binRows({ size, values, labels }: LabelledRows): BinnedRows {
  const count = labels.length;
  const bins = new Uint8Array(size * count);
  const cuts: Float32Array[] = [];
  const column = new Float32Array(count);
  for (let d = 0; d < size; d++) {
    for (let i = 0; i < count; i++) column[i] = values[i * size + d]!;
    const own = cutsOf(column.slice().sort());
    cuts.push(own);
    for (let i = 0; i < count; i++) bins[d * count + i] = binOf(own, column[i]!);
  }
  return { bins, cuts };
}

/** @param sorted values of one column */
function cutsOf(sorted: Float32Array): Float32Array {
  const cuts: number[] = [];
  for (let k = 1; k <= mostCuts; k++) {
    const at = Math.floor((k * sorted.length) / (mostCuts + 1));
    const below = sorted[at - 1];
    const above = sorted[at]!;
    if (below === undefined || below === above) continue;
    const middle = Math.fround(below + (above - below) / 2);
    // Of neighbouring floats the middle may round up.
    const cut = middle < above ? middle : below;
    if (cuts.length === 0 || cut > cuts.at(-1)!) cuts.push(cut);
  }
  return Float32Array.from(cuts);
}

function binOf(cuts: Float32Array, value: number): number {
  let low = 0;
  let high = cuts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= cuts[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}
