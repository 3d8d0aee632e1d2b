/** Ends hopeless trials early, by how the others stood at the same step. Scores are maximised. */
import type { Trial, TrialStep } from './trial.ts';

export interface Pruner {
  /**
   * @param steps of the running trial, the last one just come
   * @param others all other trials, with their steps
   * @returns why the trial should end, or null to go on
   */
  verdict(steps: readonly TrialStep[], others: readonly Trial[]): string | null;
}

export const noPruner: Pruner = { verdict: () => null };

export interface MedianOptions {
  /** Trials that must have ended whole before any is pruned. */
  readonly startTrials: number;
  /** Steps of every trial that are never judged. */
  readonly warmupSteps: number;
}

/**
 * Median stopping rule (Golovin et al. 2017, Vizier): a trial ends when its best score so far is below the median of
 * what the finished trials had reached, on average, up to the same step.
 */
export class MedianPruner implements Pruner {
  readonly #options: MedianOptions;

  constructor(options: Partial<MedianOptions> = {}) {
    this.#options = { startTrials: 4, warmupSteps: 1, ...options };
  }

  verdict(steps: readonly TrialStep[], others: readonly Trial[]): string | null {
    const { startTrials, warmupSteps } = this.#options;
    const last = steps.at(-1);
    if (last === undefined || last.step <= warmupSteps) return null;
    const whole = others.filter(({ state }) => state === 'done');
    if (whole.length < startTrials) return null;
    const means = whole.flatMap(({ steps: their }) => {
      const upToHere = their.filter(({ step }) => step <= last.step);
      return upToHere.length > 0 ? [mean(upToHere.map(({ value }) => value))] : [];
    });
    if (means.length === 0) return null;
    const limit = median(means);
    const best = Math.max(...steps.map(({ value }) => value));
    return best < limit
      ? `after step ${last.step}: ${best.toFixed(4)} at best, median of the others ${limit.toFixed(4)}`
      : null;
  }
}

export interface HalvingOptions {
  /** First step at which trials are compared. */
  readonly firstStep: number;
  /** One in so many goes on, and each comparison is so many times later. */
  readonly factor: number;
}

/**
 * Asynchronous successive halving (Li et al. 2020): at steps that grow by a factor, only the best share of all that have
 * come so far goes on. The first to come to such a step goes on.
 */
export class HalvingPruner implements Pruner {
  readonly #options: HalvingOptions;

  constructor(options: Partial<HalvingOptions> = {}) {
    this.#options = { firstStep: 1, factor: 3, ...options };
  }

  verdict(steps: readonly TrialStep[], others: readonly Trial[]): string | null {
    const { firstStep, factor } = this.#options;
    const last = steps.at(-1);
    if (last === undefined || !isRung(last.step, firstStep, factor)) return null;
    const theirs = others.flatMap((trial) => trial.steps.filter(({ step }) => step === last.step));
    const better = theirs.filter(({ value }) => value > last.value).length;
    const places = Math.max(1, Math.floor((theirs.length + 1) / factor));
    return better >= places
      ? `after step ${last.step}: ${last.value.toFixed(4)} is place ${better + 1} of ${theirs.length + 1}, ${places} go on`
      : null;
  }
}

function isRung(step: number, firstStep: number, factor: number): boolean {
  let rung = firstStep;
  while (rung < step) rung *= factor;
  return rung === step;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
