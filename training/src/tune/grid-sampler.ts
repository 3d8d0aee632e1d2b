/**
 * Grid search: every combination of listed values and of points spaced evenly on each range's scale, in a random but
 * repeatable order, so that a search that is cut short has not seen one corner only.
 */
import { Random } from '../data/random.ts';
import type { Sampler } from './sampler.ts';
import { type Parameter, type Point, pointKey, type RangeParameter, readable } from './search-space.ts';
import type { Trial } from './trial.ts';

/** Points on a range where neither the range nor a budget says how many. */
const defaultPoints = 4;

export class GridSampler implements Sampler {
  readonly points: readonly Point[];

  /** @param trials budget that ranges without `points` are divided for, the finest grid that fits */
  constructor(parameters: readonly Parameter[], seed: number, trials?: number) {
    const axes = gridAxes(parameters, trials);
    let points: Record<string, unknown>[] = [{}];
    for (const [i, { name }] of parameters.entries()) {
      points = points.flatMap((point) => axes[i]!.map((value) => ({ ...point, [name]: value })));
    }
    this.points = new Random(seed, 'grid').shuffle(points);
  }

  propose(_number: number, trials: readonly Trial[]): Point | null {
    const tried = new Set(trials.map(({ point }) => pointKey(point)));
    return this.points.find((point) => !tried.has(pointKey(point))) ?? null;
  }
}

function gridAxes(parameters: readonly Parameter[], trials: number | undefined): unknown[][] {
  const axes = (points: number): unknown[][] => parameters.map((parameter) => axis(parameter, points));
  if (trials === undefined) return axes(defaultPoints);
  const size = (grid: readonly unknown[][]): number => grid.reduce((n, { length }) => n * length, 1);
  // Two points are the least that a range can have; the budget then ends before the grid does.
  let best = axes(2);
  for (let points = 3; points <= trials; points++) {
    const finer = axes(points);
    if (size(finer) > trials) break;
    best = finer;
  }
  return best;
}

function axis(parameter: Parameter, points: number): unknown[] {
  if (parameter.kind === 'choice') return [...parameter.values];
  const count = parameter.points ?? points;
  const values = Array.from({ length: count }, (_, i) => gridValue(parameter, i / (count - 1)));
  return [...new Set(values)];
}

/** From bound to bound, both included. */
function gridValue({ low, high, scale, whole }: RangeParameter, share: number): number {
  if (share === 0) return low;
  if (share === 1) return high;
  const value =
    scale === 'log' ? Math.exp(Math.log(low) + share * Math.log(high / low)) : low + share * (high - low);
  return whole ? Math.round(value) : readable(value);
}
