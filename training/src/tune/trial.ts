/** One trial of a study: what was tried, how it went. Scores are maximised. */
import type { Point } from './search-space.ts';

/** A score before the end: after an epoch or a fold. */
export interface TrialStep {
  /** From 1. */
  readonly step: number;
  readonly value: number;
}

export type TrialState = 'running' | 'done' | 'pruned' | 'failed';

export interface Trial {
  /** From 0, in the order of proposal. */
  readonly number: number;
  readonly point: Point;
  readonly state: TrialState;
  /** Final score; of a pruned trial the last one before; null while running, or when it failed. */
  readonly value: number | null;
  readonly steps: readonly TrialStep[];
  readonly seconds?: number;
  /** Why it failed or was pruned. */
  readonly reason?: string;
  /** Scores of the parts that `value` is the mean of, for example of each fold. */
  readonly parts?: readonly number[];
}

/** The best trial that was not pruned; of equals the earlier. */
export function bestTrial(trials: readonly Trial[]): Trial | null {
  let best: Trial | null = null;
  for (const trial of trials) {
    if (trial.state === 'done' && (best === null || trial.value! > best.value!)) best = trial;
  }
  return best;
}
