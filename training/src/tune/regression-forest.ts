/**
 * A small forest of regression trees over the unit cube, kept as boxes: each leaf is a box and the mean of its points.
 * Extremely randomised trees (Geurts, Ernst and Wehenkel 2006) on bootstrap samples.
 */
import { Random } from '../data/random.ts';

/** A leaf: `low <= x < high` along every axis. */
export interface Box {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly value: number;
}

/** Points of a leaf that are not parted any more. */
const leafPoints = 3;

/**
 * @param points `[n][dimensions]`, each in [0, 1]
 * @returns the boxes of each tree, which fill the cube
 */
export function growForest(
  points: readonly (readonly number[])[],
  values: readonly number[],
  trees: number,
  seed: number,
): Box[][] {
  const dimensions = points[0]!.length;
  return Array.from({ length: trees }, (_, tree) => {
    const random = new Random(seed, 'forest', tree);
    const rows = points.map(() => random.below(points.length));
    const cube = { low: new Array<number>(dimensions).fill(0), high: new Array<number>(dimensions).fill(1) };
    return grow(rows, cube, points, values, random);
  });
}

type Bounds = Pick<Box, 'low' | 'high'>;

function grow(
  rows: readonly number[],
  bounds: Bounds,
  points: readonly (readonly number[])[],
  values: readonly number[],
  random: Random,
): Box[] {
  const cut = rows.length > leafPoints ? bestCut(rows, points, values, random) : null;
  if (!cut) return [{ ...bounds, value: mean(rows.map((row) => values[row]!)) }];
  const { axis, at } = cut;
  const below = rows.filter((row) => points[row]![axis]! < at);
  const above = rows.filter((row) => points[row]![axis]! >= at);
  return [
    ...grow(below, { ...bounds, high: bounds.high.with(axis, at) }, points, values, random),
    ...grow(above, { ...bounds, low: bounds.low.with(axis, at) }, points, values, random),
  ];
}

/** One random cut along each axis; of these the one that leaves the least variance. */
function bestCut(
  rows: readonly number[],
  points: readonly (readonly number[])[],
  values: readonly number[],
  random: Random,
): { readonly axis: number; readonly at: number } | null {
  let best: { readonly axis: number; readonly at: number; readonly rest: number } | null = null;
  for (let axis = 0; axis < points[0]!.length; axis++) {
    const along = rows.map((row) => points[row]![axis]!);
    const [low, high] = [Math.min(...along), Math.max(...along)];
    const share = random.uniform();
    if (low === high) continue;
    // Above the lowest point, so that neither side is empty.
    const at = high - share * (high - low);
    const below = rows.filter((_, i) => along[i]! < at).map((row) => values[row]!);
    const above = rows.filter((_, i) => along[i]! >= at).map((row) => values[row]!);
    const rest = squares(below) + squares(above);
    if (best === null || rest < best.rest) best = { axis, at, rest };
  }
  return best;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sum of squared distances from the mean. */
function squares(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}
