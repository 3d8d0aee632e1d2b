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

/** Recall does not depend on the order of what was judged, so that two of them can be equal. */
export function measure(judged: readonly Judged[], temperature: number): Measured {
  const classes = new Map<number, { count: number; right: number; loss: number }>();
  for (const { logits, target } of judged) {
    const own = classes.get(target) ?? { count: 0, right: 0, loss: 0 };
    classes.set(target, own);
    const scores = calibratedScores(logits, temperature);
    own.count++;
    if (scores.every((score, c) => c === target || score < scores[target]!)) own.right++;
    own.loss -= Math.log(Math.max(1e-12, scores[target]!));
  }
  const inOrder = [...classes].sort(([a], [b]) => a - b).map(([, own]) => own);
  const mean = (of: (own: { count: number; right: number; loss: number }) => number): number =>
    inOrder.reduce((sum, own) => sum + of(own) / own.count, 0) / inOrder.length;
  return { recall: mean(({ right }) => right), loss: mean(({ loss }) => loss) };
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
