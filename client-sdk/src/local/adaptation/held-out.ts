/** What judgements of clips that were left out are worth, and how much they may be believed. */
import { calibratedScores } from '@undertone/core';

export interface Judged {
  /** `[C]` */
  readonly logits: ArrayLike<number>;
  readonly target: number;
}

/** Every class that occurs weighs the same. */
export interface Measured {
  /** Mean recall of the classes, in [0, 1]. */
  readonly recall: number;
  /** Mean negative log-likelihood, in nats. */
  readonly loss: number;
}

export function measure(judged: readonly Judged[], temperature: number): Measured {
  const counts = new Map<number, number>();
  for (const { target } of judged) counts.set(target, (counts.get(target) ?? 0) + 1);
  let recall = 0;
  let loss = 0;
  for (const { logits, target } of judged) {
    const weight = 1 / (counts.get(target)! * counts.size);
    const scores = calibratedScores(logits, temperature);
    if (scores.every((score, c) => c === target || score < scores[target]!)) recall += weight;
    loss -= weight * Math.log(Math.max(1e-12, scores[target]!));
  }
  return { recall, loss };
}

/** Twice or half the shipped temperature is two deviations away: a few clips know little of it. */
const deviation = Math.LN2 / 2;
const stepsPerOctave = 16;

/**
 * The most probable temperature (Guo et al. 2017) given the clips and the shipped one, from half to four times of it. The
 * judgements come from heads that had one clip less than the final one, so what is left of an error is too little confidence.
 */
export function fitTemperature(judged: readonly Judged[], shipped: number): number {
  let best = { cost: Number.POSITIVE_INFINITY, temperature: shipped };
  for (let i = -stepsPerOctave; i <= 2 * stepsPerOctave; i++) {
    const log = (i / stepsPerOctave) * Math.LN2;
    const temperature = shipped * Math.exp(log);
    let cost = (log / deviation) ** 2 / 2;
    for (const { logits, target } of judged) {
      cost -= Math.log(Math.max(1e-12, calibratedScores(logits, temperature)[target]!));
    }
    if (cost < best.cost) best = { cost, temperature };
  }
  return best.temperature;
}
