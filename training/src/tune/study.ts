/**
 * A study: trials of one objective, several at a time, until the budget is used up. It knows nothing of models; every
 * event is in the journal before the next is acted on, so a study that was killed goes on where it stood.
 */
import { UndertoneError } from '@undertone/core';
import type { Journal } from './journal.ts';
import type { Pruner } from './pruner.ts';
import type { Sampler } from './sampler.ts';
import type { Point } from './search-space.ts';
import type { Trial, TrialStep } from './trial.ts';

export interface TrialResult {
  /** Final score; greater is better. */
  readonly value: number;
  readonly parts?: readonly number[];
}

/**
 * Scores a point.
 * @param report takes a score before the end; aborts `signal` when the trial should end
 * @throws whatever makes this point impossible: the trial then counts as failed
 */
export type Objective = (
  trial: { readonly number: number; readonly point: Point },
  report: (step: TrialStep) => void,
  signal: AbortSignal,
) => Promise<TrialResult>;

export interface StudyOptions {
  readonly sampler: Sampler;
  readonly pruner: Pruner;
  readonly journal: Journal;
  readonly objective: Objective;
  /** Trials at the same time. */
  readonly parallel: number;
  /** Trials in all, those before a resumption included. */
  readonly trials?: number | undefined;
  /** No trial begins after so many seconds, those before a resumption included. */
  readonly seconds?: number | undefined;
  readonly signal: AbortSignal;
  /** Called with a trial that ended. */
  readonly onTrial?: ((trial: Trial) => void) | undefined;
  readonly onStep?: ((trial: number, step: TrialStep) => void) | undefined;
}

/** Failures one after the other, before any success, that end a study: the fault is not in the points. */
const mostFailures = 3;

/**
 * @returns false when the signal stopped it; trials that ran are repeated by the next call
 * @throws UndertoneError `bad_config` when the first trials all fail, or a trial fails that cannot be the point's fault
 */
export async function runStudy(options: StudyOptions): Promise<boolean> {
  const { journal, parallel, signal } = options;
  const stop = new AbortController();
  const startS = performance.now() / 1000 - journal.elapsedS;
  const elapsedS = (): number => performance.now() / 1000 - startS;
  const killed = journal.trials.filter(({ state }) => state === 'running').map(({ number }) => number);
  let failure: unknown = null;

  const next = (): { number: number; point: Point } | null => {
    const again = killed.shift();
    const { trials } = journal;
    if (again !== undefined) return { number: again, point: trials.find((t) => t.number === again)!.point };
    const number = trials.length;
    if (options.trials !== undefined && number >= options.trials) return null;
    if (options.seconds !== undefined && elapsedS() >= options.seconds) return null;
    const point = options.sampler.propose(number, trials);
    return point && { number, point };
  };
  const work = async (): Promise<void> => {
    try {
      while (!signal.aborted && !stop.signal.aborted) {
        const trial = next();
        if (!trial) return;
        journal.add({ event: 'start', trial: trial.number, point: trial.point });
        const end = await runTrial(trial, options, AbortSignal.any([signal, stop.signal]));
        if (!end) return;
        journal.add({ event: 'end', trial: trial.number, elapsedS: round(elapsedS()), ...end });
        options.onTrial?.(journal.trials.find(({ number }) => number === trial.number)!);
        refuseHopeless(journal.trials);
      }
    } catch (error) {
      failure ??= error;
      stop.abort();
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  if (failure) throw failure;
  return !signal.aborted;
}

type TrialEnd = Pick<Trial, 'state' | 'value' | 'reason' | 'parts' | 'seconds'>;

/** Null when the study stopped it. */
async function runTrial(
  trial: { readonly number: number; readonly point: Point },
  { objective, pruner, journal, onStep }: StudyOptions,
  stop: AbortSignal,
): Promise<TrialEnd | null> {
  const startMs = performance.now();
  const prune = new AbortController();
  const steps: TrialStep[] = [];
  let reason: string | null = null;
  const report = (step: TrialStep): void => {
    if (prune.signal.aborted || stop.aborted) return;
    steps.push(step);
    journal.add({ event: 'step', trial: trial.number, ...step });
    onStep?.(trial.number, step);
    const others = journal.trials.filter(({ number }) => number !== trial.number);
    reason = pruner.verdict(steps, others);
    if (reason !== null) prune.abort();
  };
  const seconds = (): number => round((performance.now() - startMs) / 1000);
  try {
    const { value, parts } = await objective(trial, report, AbortSignal.any([stop, prune.signal]));
    if (!Number.isFinite(value)) throw new UndertoneError('bad_config', `the score is ${value}`);
    return { state: 'done', value, seconds: seconds(), ...(parts && { parts }) };
  } catch (error) {
    if (stop.aborted) return null;
    if (reason !== null) return { state: 'pruned', value: steps.at(-1)!.value, reason, seconds: seconds() };
    if (!(error instanceof UndertoneError)) throw error;
    return { state: 'failed', value: null, reason: error.message, seconds: seconds() };
  }
}

function refuseHopeless(trials: readonly Trial[]): void {
  const ended = trials.filter(({ state }) => state !== 'running');
  if (ended.length < mostFailures || ended.some(({ state }) => state !== 'failed')) return;
  throw new UndertoneError(
    'bad_config',
    `Expected a trial to succeed; the first ${ended.length} all failed, the last one: ${ended.at(-1)!.reason}`,
  );
}

function round(seconds: number): number {
  return Number(seconds.toFixed(3));
}
