/** What `compare` finds: one line for each family, and which of them to take under a budget. */
import type { ConditionScore, Evaluation } from '../../evaluate/evaluation.ts';
import { percent } from '../../report/numbers.ts';
import type { Table } from '../../report/tables.ts';
import type { MeasuredCost } from './measured-cost.ts';

export interface Candidate extends MeasuredCost {
  readonly name: string;
  /** Model folder. */
  readonly folder: string;
  /** Whether it was trained before and only measured here. */
  readonly given: boolean;
  readonly kind: string;
  readonly evaluation: Evaluation;
  /** Bytes of the networks. */
  readonly sizeBytes: number;
  /** Null of a model that was given. */
  readonly trainingS: number | null;
}

/** Most of each; absent is no limit. */
export interface Budget {
  readonly cpuMs?: number;
  readonly sizeKb?: number;
  readonly waitMs?: number;
  readonly memoryMb?: number;
}

export function fits({ cost, sizeBytes, memoryBytes }: Candidate, budget: Budget): boolean {
  return (
    cost.cpuMsPerSecond <= (budget.cpuMs ?? Number.POSITIVE_INFINITY) &&
    sizeBytes / 1000 <= (budget.sizeKb ?? Number.POSITIVE_INFINITY) &&
    cost.waitMs + cost.stepMs <= (budget.waitMs ?? Number.POSITIVE_INFINITY) &&
    memoryBytes / 1e6 <= (budget.memoryMb ?? Number.POSITIVE_INFINITY)
  );
}

/** Of those that fit, the one with the highest UAR as recorded; null when none fits. */
export function bestCandidate(candidates: readonly Candidate[], budget: Budget): Candidate | null {
  const fitting = candidates.filter((candidate) => fits(candidate, budget));
  return fitting.reduce<Candidate | null>(
    (best, next) => (best && best.evaluation.wideband.uar >= next.evaluation.wideband.uar ? best : next),
    null,
  );
}

export function describeBudget({ cpuMs, sizeKb, waitMs, memoryMb }: Budget): string {
  const parts = [
    cpuMs !== undefined && `${cpuMs} ms of CPU per second of audio`,
    sizeKb !== undefined && `${sizeKb} kB`,
    waitMs !== undefined && `${waitMs} ms to an answer`,
    memoryMb !== undefined && `${memoryMb} MB of memory`,
  ].filter((part) => part !== false);
  return parts.length > 0 ? `at most ${parts.join(', ')}` : 'no budget';
}

/** One sentence: what to take, and what would be better without the budget. */
export function verdict(candidates: readonly Candidate[], budget: Budget): string {
  const best = bestCandidate(candidates, budget);
  const unlimited = bestCandidate(candidates, {});
  const score = ({ name, evaluation }: Candidate): string =>
    `${name}, UAR ${percent(evaluation.wideband.uar)} [${percent(evaluation.wideband.interval.low)}, ${percent(evaluation.wideband.interval.high)}]`;
  if (!best) {
    return `None fits the budget (${describeBudget(budget)})${unlimited ? `; without it: ${score(unlimited)}` : ''}.`;
  }
  const more = unlimited && unlimited !== best ? `; without the budget: ${score(unlimited)}` : '';
  return `Best choice (${describeBudget(budget)}): ${score(best)}${more}.`;
}

export function comparisonTable(candidates: readonly Candidate[], budget: Budget): Table {
  const best = bestCandidate(candidates, budget);
  const uar = ({ uar: value, interval }: Pick<ConditionScore, 'uar' | 'interval'>): string =>
    `${percent(value)} [${percent(interval.low)}, ${percent(interval.high)}]`;
  const condition = (candidate: Candidate, name: string): string => {
    const found = candidate.evaluation.byCondition.find((each) => each.name === name);
    return found ? uar(found) : '-';
  };
  return {
    title: 'Families, on speakers that none has heard',
    header: [
      'family',
      'UAR wideband',
      'UAR telephone',
      'noise 10 dB',
      'size kB',
      'CPU ms/s',
      'alone',
      'answer ms',
      'state kB',
      'memory MB',
      'training min',
      'budget',
    ],
    rows: candidates.map((candidate) => {
      const { name, given, evaluation, cost, sizeBytes, memoryBytes, trainingS } = candidate;
      const noise = evaluation.byCondition.find((each) => each.name === 'noise-10dB');
      return [
        given ? `${name} (given)` : name,
        uar(evaluation.wideband),
        condition(candidate, 'telephone'),
        noise ? percent(noise.uar) : '-',
        (sizeBytes / 1000).toFixed(0),
        cost.cpuMsPerSecond.toFixed(2),
        cost.cpuMsPerSecondAlone.toFixed(2),
        `${cost.waitMs.toFixed(0)} + ${cost.stepMs.toFixed(2)}`,
        (cost.stateBytes / 1000).toFixed(1),
        (memoryBytes / 1e6).toFixed(1),
        trainingS === null ? '-' : (trainingS / 60).toFixed(1),
        candidate === best ? 'best' : fits(candidate, budget) ? 'fits' : 'over',
      ];
    }),
  };
}
