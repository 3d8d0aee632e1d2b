/**
 * What is won by answering less: the share of wrong answers among the most confident ones, for every share that is
 * answered (El-Yaniv and Wiener 2010, "On the foundations of noise-free selective classification", JMLR 11).
 */
import type { Confidence } from './calibration.ts';

export interface RiskAtCoverage {
  /** Share of clips answered. */
  readonly coverage: number;
  /** Share of the answers that is wrong. */
  readonly risk: number;
}

export interface RiskCoverage {
  readonly points: readonly RiskAtCoverage[];
  /** Mean risk over all coverages; the lower the better. */
  readonly area: number;
}

const shownPoints = 40;

export function riskCoverage(judgements: readonly Confidence[]): RiskCoverage {
  const sorted = [...judgements].sort((a, b) => b.confidence - a.confidence);
  const risks: number[] = [];
  let wrong = 0;
  for (const [i, { correct }] of sorted.entries()) {
    if (!correct) wrong++;
    risks.push(wrong / (i + 1));
  }
  const points = Array.from({ length: shownPoints }, (_, i) => {
    const answered = Math.round(((i + 1) * risks.length) / shownPoints);
    return { coverage: answered / risks.length, risk: risks[answered - 1] ?? Number.NaN };
  });
  return {
    points: points.filter(({ risk }) => Number.isFinite(risk)),
    area: risks.reduce((sum, risk) => sum + risk, 0) / risks.length,
  };
}

/** Clips by what the recogniser would say, as recorded. */
export interface Abstention {
  /** Share of clips without a label. */
  readonly share: number;
  /** Share that the best class would have got wrong, of clips without a label; NaN if there is none. */
  readonly riskAbstained: number;
  /** Share of wrong labels, of clips with one. */
  readonly riskAnswered: number;
}

export function abstentionOf(
  clips: readonly { readonly answered: boolean; readonly correct: boolean }[],
): Abstention {
  const risk = (of: readonly { readonly correct: boolean }[]): number =>
    of.filter(({ correct }) => !correct).length / of.length;
  const answered = clips.filter((clip) => clip.answered);
  const abstained = clips.filter((clip) => !clip.answered);
  return {
    share: abstained.length / clips.length,
    riskAbstained: risk(abstained),
    riskAnswered: risk(answered),
  };
}
