/**
 * How much each parameter matters: the share of the variance of the score over the whole space that its value alone
 * explains (functional analysis of variance on a forest; Hutter, Hoos and Leyton-Brown 2014). What only combinations
 * explain is the rest to 1.
 */
import { type Box, growForest } from './regression-forest.ts';
import { type Parameter, unitOf } from './search-space.ts';
import type { Trial } from './trial.ts';

export interface Importance {
  readonly name: string;
  /** In [0, 1]. */
  readonly share: number;
}

const trees = 48;
/** Fewer trials say nothing. */
const leastTrials = 6;

/** Greatest first; empty when there are too few trials or all scored the same. */
export function importances(parameters: readonly Parameter[], trials: readonly Trial[]): Importance[] {
  const done = trials.filter(({ state }) => state === 'done');
  if (done.length < leastTrials) return [];
  const points = done.map(({ point }) => parameters.map((p) => unitOf(p, point[p.name])));
  const values = done.map(({ value }) => value!);
  const forest = growForest(points, values, trees, 1);
  const shares = parameters.map(() => 0);
  let counted = 0;
  for (const boxes of forest) {
    const total = overCube(boxes);
    // Rounding leaves a trace of variance where every leaf has the same value.
    if (total.variance <= 1e-12 * (1 + total.mean ** 2)) continue;
    counted++;
    for (const axis of parameters.keys()) {
      shares[axis]! += mainEffect(boxes, axis, total.mean) / total.variance;
    }
  }
  if (counted === 0) return [];
  return parameters
    .map(({ name }, axis) => ({ name, share: Math.min(1, shares[axis]! / counted) }))
    .sort((a, b) => b.share - a.share);
}

/** Mean and variance of a tree over the cube. */
function overCube(boxes: readonly Box[]): { readonly mean: number; readonly variance: number } {
  let mean = 0;
  let square = 0;
  for (const box of boxes) {
    const share = volume(box, -1);
    mean += share * box.value;
    square += share * box.value * box.value;
  }
  return { mean, variance: square - mean * mean };
}

/** Variance along one axis of the mean over all others. */
function mainEffect(boxes: readonly Box[], axis: number, mean: number): number {
  const cuts = [...new Set(boxes.flatMap(({ low, high }) => [low[axis]!, high[axis]!]))].sort(
    (a, b) => a - b,
  );
  let effect = 0;
  for (let i = 0; i + 1 < cuts.length; i++) {
    const [from, to] = [cuts[i]!, cuts[i + 1]!];
    const marginal = boxes
      .filter(({ low, high }) => low[axis]! <= from && high[axis]! >= to)
      .reduce((sum, box) => sum + volume(box, axis) * box.value, 0);
    effect += (to - from) * (marginal - mean) ** 2;
  }
  return effect;
}

/** Of a box, along all axes but one. */
function volume({ low, high }: Box, except: number): number {
  return low.reduce((product, from, axis) => (axis === except ? product : product * (high[axis]! - from)), 1);
}
