/** What a study and the process of a trial say to each other. */
import type { Experiment } from '../config/experiment.ts';
import type { Places } from '../config/places.ts';
import type { TrialStep } from './trial.ts';

/** Everything that a trial is made of; plain data. */
export interface TrialPlan {
  readonly experiment: Experiment;
  /** The recordings, and the test speakers, who are not read. */
  readonly places: Places;
  /** Validation speakers of each fold; one fold for a fixed split. */
  readonly folds: readonly (readonly string[])[];
  /** Folder of computed features. */
  readonly cache: string;
  /** Folder of the trial's own; removed when it has ended. */
  readonly folder: string;
}

export type TrialMessage =
  | ({ readonly kind: 'step' } & TrialStep)
  | { readonly kind: 'done'; readonly value: number; readonly parts: readonly number[] }
  | { readonly kind: 'failed'; readonly message: string };
