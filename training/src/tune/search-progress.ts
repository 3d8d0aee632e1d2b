/** Says how a search goes. */
import type { Progress } from '../experiment/progress.ts';
import { percent } from '../report/numbers.ts';
import { duration } from '../report/progress-line.ts';
import type { Journal } from './journal.ts';
import { bestTrial, type Trial, type TrialStep } from './trial.ts';
import { valueText } from './tune-tables.ts';

interface Budget {
  readonly trials?: number | undefined;
  readonly seconds?: number | undefined;
}

export class SearchProgress {
  readonly #progress: Progress;
  readonly #budget: Budget;
  readonly #journal: Journal;
  readonly #startMs = performance.now();
  readonly #endedBefore: number;

  constructor(progress: Progress, budget: Budget, journal: Journal) {
    this.#progress = progress;
    this.#budget = budget;
    this.#journal = journal;
    this.#endedBefore = this.#ended().length;
  }

  ended(trial: Trial): void {
    const { number, point, value, state, reason } = trial;
    const how = state === 'done' ? `UAR ${percent(value!)}` : `${state}: ${reason}`;
    const values = Object.entries(point).map(([name, given]) => `${name}=${valueText(given)}`);
    this.#progress.note(`trial ${number}: ${how} (${values.join(' ')})`);
    this.#update('');
  }

  step(trial: number, { step, value }: TrialStep): void {
    this.#update(`, trial ${trial} step ${step} ${percent(value)}`);
  }

  #update(detail: string): void {
    const { trials, seconds } = this.#budget;
    const done = this.#ended().length;
    const elapsedS = (performance.now() - this.#startMs) / 1000;
    const each = elapsedS / Math.max(1, done - this.#endedBefore);
    const best = bestTrial(this.#journal.trials);
    const left =
      done === this.#endedBefore
        ? ''
        : `, ${duration(Math.min(leftFor(seconds, elapsedS), trials === undefined ? Number.POSITIVE_INFINITY : each * (trials - done)))} left`;
    this.#progress.update(
      'trials',
      done,
      trials ?? done + 1,
      `${best ? `best ${percent(best.value!)}` : ''}${detail}${left}`,
    );
  }

  #ended(): Trial[] {
    return this.#journal.trials.filter(({ state }) => state !== 'running');
  }
}

function leftFor(seconds: number | undefined, elapsedS: number): number {
  return seconds === undefined ? Number.POSITIVE_INFINITY : Math.max(0, seconds - elapsedS);
}
