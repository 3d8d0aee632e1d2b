/** What proposes the points of a study. Proposals follow from the seed, the trial's number and the trials before. */
import type { Point } from './search-space.ts';
import type { Trial } from './trial.ts';

export interface Sampler {
  /**
   * @param number the trial's number, from 0
   * @param trials all earlier ones, also those that still run
   * @returns null when there is nothing left to try
   */
  propose(number: number, trials: readonly Trial[]): Point | null;
}
