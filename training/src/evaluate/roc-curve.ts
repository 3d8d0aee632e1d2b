/** Receiver operating characteristic of one class against the rest. */
import { calibratedScores } from '@undertone/core';
import { areaUnderCurve } from './area-under-curve.ts';
import type { Judged } from './metrics.ts';

export interface RocCurve {
  readonly label: string;
  /** NaN unless the class and another one occur. */
  readonly auc: number;
  /** From (0, 0) to (1, 1): share of other clips taken for the class, share of the class found. */
  readonly points: readonly (readonly [falsePositive: number, truePositive: number])[];
}

/** Points of a curve that a plot can show. */
const mostPoints = 101;

/** Curves of every label over its score. @param temperature at which logits become scores */
export function rocCurves(
  clips: readonly Judged[],
  labels: readonly string[],
  temperature: number,
): RocCurve[] {
  const scores = clips.map((clip) => calibratedScores(clip.logits, temperature));
  return labels.map((label, c) => {
    const own = scores.map((values) => values[c]!);
    const positive = clips.map((clip) => Number(clip.label === c));
    return { label, auc: areaUnderCurve(own, positive), points: thinned(rocPoints(own, positive)) };
  });
}

function rocPoints(scores: readonly number[], positive: readonly number[]): [number, number][] {
  const order = scores.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]!);
  const positives = positive.reduce((sum, x) => sum + x, 0);
  const negatives = positive.length - positives;
  const points: [number, number][] = [[0, 0]];
  let hits = 0;
  let alarms = 0;
  for (const [rank, i] of order.entries()) {
    if (positive[i] === 1) hits++;
    else alarms++;
    // Clips of one score are told apart by nothing.
    const next = order[rank + 1];
    if (next !== undefined && scores[next] === scores[i]) continue;
    points.push([rounded(alarms / Math.max(1, negatives)), rounded(hits / Math.max(1, positives))]);
  }
  return points;
}

function thinned<T>(points: readonly T[]): T[] {
  if (points.length <= mostPoints) return [...points];
  return Array.from(
    { length: mostPoints },
    (_, i) => points[Math.round((i * (points.length - 1)) / (mostPoints - 1))]!,
  );
}

const rounded = (share: number): number => Number(share.toFixed(5));
