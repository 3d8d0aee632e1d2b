/**
 * The dual of the soft-margin support vector machine by sequential minimal optimisation with second-order choice of the
 * working pair (Fan, Chen, Lin 2005, "Working set selection using second order information for training support vector
 * machines", JMLR 6, WSS 3):
 * minimise a'Qa / 2 - sum a, 0 <= a_i <= C_i, y'a = 0, with Q_ij = y_i y_j K_ij.
 */
import { UndertoneError } from '@undertone/core';

export interface TwoClassProblem {
  /** `[stride, stride]` kernel values. */
  readonly kernel: Float32Array;
  readonly stride: number;
  /** `[n]` rows of `kernel` that take part. */
  readonly rows: Int32Array;
  /** `[n]` 1 or -1. */
  readonly sides: Int8Array;
  /** `[n]` C of each row. */
  readonly costs: Float64Array;
}

export interface TwoClassSolution {
  /** `[n]` a_i y_i: 0 for a row that is no support vector. */
  readonly coefficients: Float64Array;
  /** f(x) = sum coefficients K(x_i, x) - offset */
  readonly offset: number;
  readonly iterations: number;
}

/** Largest violation of the optimality conditions that is accepted, as in LIBSVM. */
const tolerance = 1e-3;
const smallestCurvature = 1e-12;

/** @throws UndertoneError `internal` when it does not come to an end */
export function solveTwoClasses(problem: TwoClassProblem): TwoClassSolution {
  const { kernel, stride, rows, sides, costs } = problem;
  const n = rows.length;
  const alpha = new Float64Array(n);
  const gradient = new Float64Array(n).fill(-1);
  const diagonal = Float64Array.from(rows, (row) => kernel[row * stride + row]!);
  const most = Math.max(100_000, 100 * n);
  let iterations = 0;
  for (; ; iterations++) {
    const i = firstOfPair(alpha, gradient, sides, costs);
    if (i < 0) break;
    const rowI = rows[i]! * stride;
    const j = secondOfPair(i, rowI, problem, alpha, gradient, diagonal);
    if (j < 0) break;
    if (iterations === most) {
      throw new UndertoneError(
        'internal',
        `Expected the support vector machine to settle within ${most} iterations; it did not. Lower its cost or scale the inputs.`,
      );
    }
    const rowJ = rows[j]! * stride;
    const oldI = alpha[i]!;
    const oldJ = alpha[j]!;
    const curvature = Math.max(smallestCurvature, diagonal[i]! + diagonal[j]! - 2 * kernel[rowI + rows[j]!]!);
    step(i, j, curvature, alpha, gradient, sides, costs);
    const changeI = (alpha[i]! - oldI) * sides[i]!;
    const changeJ = (alpha[j]! - oldJ) * sides[j]!;
    for (let t = 0; t < n; t++) {
      const row = rows[t]!;
      gradient[t] =
        gradient[t]! + sides[t]! * (changeI * kernel[rowI + row]! + changeJ * kernel[rowJ + row]!);
    }
  }
  return {
    coefficients: alpha.map((a, t) => a * sides[t]!),
    offset: offsetOf(alpha, gradient, sides, costs),
    iterations,
  };
}

/** Whether y_t a_t can grow. */
function canRise(t: number, alpha: Float64Array, sides: Int8Array, costs: Float64Array): boolean {
  return sides[t] === 1 ? alpha[t]! < costs[t]! : alpha[t]! > 0;
}

/** Whether y_t a_t can shrink. */
function canFall(t: number, alpha: Float64Array, sides: Int8Array, costs: Float64Array): boolean {
  return sides[t] === 1 ? alpha[t]! > 0 : alpha[t]! < costs[t]!;
}

/** The row of the greatest violation from above. */
function firstOfPair(
  alpha: Float64Array,
  gradient: Float64Array,
  sides: Int8Array,
  costs: Float64Array,
): number {
  let best = -1;
  let most = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < alpha.length; t++) {
    const violation = -sides[t]! * gradient[t]!;
    if (violation > most && canRise(t, alpha, sides, costs)) {
      most = violation;
      best = t;
    }
  }
  return best;
}

/** The row that, moved together with `i`, lowers the objective most; -1 when all is settled. */
function secondOfPair(
  i: number,
  rowI: number,
  { kernel, rows, sides, costs }: TwoClassProblem,
  alpha: Float64Array,
  gradient: Float64Array,
  diagonal: Float64Array,
): number {
  const most = -sides[i]! * gradient[i]!;
  let least = Number.POSITIVE_INFINITY;
  let best = -1;
  let lowest = Number.POSITIVE_INFINITY;
  for (let t = 0; t < alpha.length; t++) {
    if (!canFall(t, alpha, sides, costs)) continue;
    const violation = -sides[t]! * gradient[t]!;
    if (violation < least) least = violation;
    const gap = most - violation;
    if (gap <= 0) continue;
    const curvature = Math.max(smallestCurvature, diagonal[i]! + diagonal[t]! - 2 * kernel[rowI + rows[t]!]!);
    const gain = (-gap * gap) / curvature;
    if (gain <= lowest) {
      lowest = gain;
      best = t;
    }
  }
  return most - least < tolerance ? -1 : best;
}

/** Moves the pair to the minimum along its line, cut off at the box. */
function step(
  i: number,
  j: number,
  curvature: number,
  alpha: Float64Array,
  gradient: Float64Array,
  sides: Int8Array,
  costs: Float64Array,
): void {
  // In z = y a the sum of both stays; z_i grows by as much as z_j shrinks.
  const room = (t: number, rises: boolean): number =>
    (sides[t] === 1) === rises ? costs[t]! - alpha[t]! : alpha[t]!;
  const wanted = (-sides[i]! * gradient[i]! + sides[j]! * gradient[j]!) / curvature;
  const roomI = room(i, true);
  const roomJ = room(j, false);
  const change = Math.min(wanted, roomI, roomJ);
  alpha[i] = change === roomI ? (sides[i] === 1 ? costs[i]! : 0) : alpha[i]! + sides[i]! * change;
  alpha[j] = change === roomJ ? (sides[j] === 1 ? 0 : costs[j]!) : alpha[j]! - sides[j]! * change;
}

/** Mean over the free support vectors, or the middle of what the bounded ones allow. */
function offsetOf(
  alpha: Float64Array,
  gradient: Float64Array,
  sides: Int8Array,
  costs: Float64Array,
): number {
  let free = 0;
  let sum = 0;
  let high = Number.POSITIVE_INFINITY;
  let low = Number.NEGATIVE_INFINITY;
  for (let t = 0; t < alpha.length; t++) {
    const value = sides[t]! * gradient[t]!;
    const rises = canRise(t, alpha, sides, costs);
    if (rises && canFall(t, alpha, sides, costs)) {
      free++;
      sum += value;
    } else if (rises) low = Math.max(low, value);
    else high = Math.min(high, value);
  }
  if (free > 0) return sum / free;
  return Number.isFinite(high) && Number.isFinite(low) ? (high + low) / 2 : 0;
}
