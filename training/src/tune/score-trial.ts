/** Trains and scores one point of a search: the mean UAR of validation speakers over conditions and folds. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { runExperiment } from '../experiment/run-experiment.ts';
import { splitBySpeakers } from '../split/split.ts';
import type { TrialStep } from './trial.ts';
import { loadTrialData } from './trial-data.ts';
import type { TrialPlan } from './trial-messages.ts';

export interface TrialScore {
  readonly value: number;
  /** Score of each fold. */
  readonly parts: readonly number[];
}

/**
 * @param report called after each validation with the mean of the folds so far; steps count on from fold to fold
 * @throws UndertoneError
 */
export async function scoreTrial(plan: TrialPlan, report: (step: TrialStep) => void): Promise<TrialScore> {
  const { experiment, places, folds, cache, folder } = plan;
  const { corpora, clips } = await loadTrialData(experiment, places);
  const parts: number[] = [];
  let step = 0;
  try {
    for (const [fold, speakers] of folds.entries()) {
      const result = await runExperiment(experiment, {
        corpora,
        split: splitBySpeakers(clips, speakers),
        folder: join(folder, `fold-${fold + 1}`),
        cache,
        measure: 'validation',
        onValidation: (_epoch, scores) => report({ step: ++step, value: mean([...parts, scoreOf(scores)]) }),
      });
      if (!result) throw new UndertoneError('aborted', 'The trial was stopped.');
      parts.push(scoreOf(result.validation));
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { value: mean(parts), parts };
}

/** Mean over the conditions that are looked at in training: as recorded, and through the telephone. */
function scoreOf(scores: Readonly<Record<string, number>>): number {
  return mean(Object.values(scores));
}

function mean(values: readonly number[]): number {
  return Number((values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(6));
}
