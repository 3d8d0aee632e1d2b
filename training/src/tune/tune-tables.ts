/** Trials as tables. */

import { percent } from '../report/numbers.ts';
import { duration } from '../report/progress-line.ts';
import type { Table } from '../report/tables.ts';
import type { Importance } from './importance.ts';
import type { Parameter } from './search-space.ts';
import { bestTrial, type Trial } from './trial.ts';

/** All trials, the best first; those without a score last. */
export function trialsTable(
  parameters: readonly Parameter[],
  trials: readonly Trial[],
  most?: number,
): Table {
  const best = bestTrial(trials);
  const order = { done: 0, pruned: 1, running: 2, failed: 3 };
  const sorted = [...trials].sort(
    (a, b) => order[a.state] - order[b.state] || (b.value ?? 0) - (a.value ?? 0) || a.number - b.number,
  );
  return {
    title:
      most !== undefined && sorted.length > most ? `The best ${most} of ${sorted.length} trials` : 'Trials',
    header: ['trial', ...parameters.map(({ name }) => name), 'UAR', 'how', 'time'],
    rows: sorted
      .slice(0, most)
      .map((trial) => [
        `${trial.number}`,
        ...parameters.map(({ name }) => valueText(trial.point[name])),
        trial.value === null ? '-' : percent(trial.value),
        trial === best ? 'best' : (trial.reason ?? trial.state),
        trial.seconds === undefined ? '-' : duration(trial.seconds),
      ]),
  };
}

export function importanceTable(importances: readonly Importance[]): Table {
  return {
    title: 'Importance: share of the variance of the score that a parameter explains alone',
    header: ['parameter', 'share'],
    rows: importances.map(({ name, share }) => [name, percent(share)]),
  };
}

/** Short, and so that it can be copied into a configuration. */
export function valueText(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)));
  return typeof value === 'string' ? value : JSON.stringify(value);
}
