/** What a study found, for text, JSON and HTML. */

import { percent } from '../report/numbers.ts';
import { duration } from '../report/progress-line.ts';
import { type Importance, importances } from './importance.ts';
import type { Parameter } from './search-space.ts';
import { bestTrial, type Trial } from './trial.ts';

export type SearchMethod = 'grid' | 'random' | 'tpe';

export interface StudySummary {
  readonly method: SearchMethod;
  /** How a trial's score comes about, in words. */
  readonly selection: string;
  readonly seed: number;
  readonly parameters: readonly Parameter[];
  readonly trials: readonly Trial[];
  readonly best: Trial | null;
  /** The whole experiment of the best trial, as `train --config` takes it. */
  readonly bestYaml: string | null;
  readonly importances: readonly Importance[];
  readonly elapsedS: number;
  readonly sentence: string;
}

export function summarise(
  study: Pick<StudySummary, 'method' | 'selection' | 'seed' | 'parameters' | 'elapsedS'>,
  trials: readonly Trial[],
  yamlOf: (trial: Trial) => string,
): StudySummary {
  const best = bestTrial(trials);
  const count = (state: Trial['state']): number => trials.filter((trial) => trial.state === state).length;
  const ended = [
    `${count('done')} whole`,
    ...(count('pruned') > 0 ? [`${count('pruned')} ended early`] : []),
    ...(count('failed') > 0 ? [`${count('failed')} failed`] : []),
  ].join(', ');
  return {
    ...study,
    trials,
    best,
    bestYaml: best && yamlOf(best),
    importances: importances(study.parameters, trials),
    sentence:
      `${ended}, in ${duration(study.elapsedS)}; ${study.selection}. ` +
      (best ? `Best: UAR ${percent(best.value!)} in trial ${best.number}.` : 'No trial has ended.'),
  };
}
