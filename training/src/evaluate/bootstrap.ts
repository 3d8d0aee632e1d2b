/**
 * Confidence intervals by resampling speakers (the cluster bootstrap: Davison and Hinkley 1997, section 3.8): clips of
 * one speaker are not independent, so speakers are drawn, each with all their clips.
 */
import { Random } from '../data/random.ts';
import { confusionMatrix, type Judged, unweightedAverageRecall } from './metrics.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** 95 % percentile interval of the UAR; the same seed gives the same interval. */
export function uarInterval(clips: readonly Judged[], classes: number, seed: number, draws = 1000): Interval {
  const groups = new Map<string, Judged[]>();
  for (const clip of clips) {
    const group = groups.get(clip.speaker);
    if (group) group.push(clip);
    else groups.set(clip.speaker, [clip]);
  }
  const perSpeaker = [...groups.values()].map((group) => confusionMatrix(group, classes));
  if (perSpeaker.length === 0) return { low: Number.NaN, high: Number.NaN };
  const random = new Random(seed, 'bootstrap');
  const values: number[] = [];
  for (let draw = 0; draw < draws; draw++) {
    const total = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    for (let i = 0; i < perSpeaker.length; i++) addTo(total, random.pick(perSpeaker));
    values.push(unweightedAverageRecall(total));
  }
  values.sort((a, b) => a - b);
  const at = (quantile: number): number => values[Math.round(quantile * (draws - 1))]!;
  return { low: at(0.025), high: at(0.975) };
}

function addTo(total: number[][], more: readonly (readonly number[])[]): void {
  for (const [i, row] of more.entries()) for (const [j, count] of row.entries()) total[i]![j]! += count;
}
