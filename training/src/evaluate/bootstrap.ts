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
  const speakers = confusionsBySpeaker(clips, classes);
  return intervalOf([...speakers.values()], seed, draws, (drawn) => unweightedAverageRecall(sumOf(drawn)));
}

/** Interval of the UAR of `after` less that of `before`: both on the same clips, so that the same speakers are drawn. */
export function pairedUarInterval(
  before: readonly Judged[],
  after: readonly Judged[],
  classes: number,
  seed: number,
  draws = 1000,
): Interval {
  const first = confusionsBySpeaker(before, classes);
  const second = confusionsBySpeaker(after, classes);
  const pairs = [...first].map(([speaker, confusion]) => ({ confusion, other: second.get(speaker)! }));
  return intervalOf(
    pairs,
    seed,
    draws,
    (drawn) =>
      unweightedAverageRecall(sumOf(drawn.map(({ other }) => other))) -
      unweightedAverageRecall(sumOf(drawn.map(({ confusion }) => confusion))),
  );
}

type Confusion = readonly (readonly number[])[];

function confusionsBySpeaker(clips: readonly Judged[], classes: number): Map<string, Confusion> {
  const groups = new Map<string, Judged[]>();
  for (const clip of clips) {
    const group = groups.get(clip.speaker);
    if (group) group.push(clip);
    else groups.set(clip.speaker, [clip]);
  }
  return new Map([...groups].map(([speaker, group]) => [speaker, confusionMatrix(group, classes)]));
}

function intervalOf<T>(
  speakers: readonly T[],
  seed: number,
  draws: number,
  value: (drawn: readonly T[]) => number,
): Interval {
  if (speakers.length === 0) return { low: Number.NaN, high: Number.NaN };
  const random = new Random(seed, 'bootstrap');
  const values = Array.from({ length: draws }, () => value(speakers.map(() => random.pick(speakers))));
  values.sort((a, b) => a - b);
  const at = (quantile: number): number => values[Math.round(quantile * (draws - 1))]!;
  return { low: at(0.025), high: at(0.975) };
}

function sumOf(confusions: readonly Confusion[]): number[][] {
  const total = confusions[0]!.map((row) => row.map(() => 0));
  for (const confusion of confusions) {
    for (const [i, row] of confusion.entries()) {
      for (const [j, count] of row.entries()) total[i]![j]! += count;
    }
  }
  return total;
}
