/** What became of the calls of a phase, against what the same audio gave undisturbed. */
import { percentile } from '../load/load-report.ts';
import type { FleetCall } from './fleet-call.ts';
import type { MadeCall } from './fleet-load.ts';

export interface FleetVerdict {
  readonly calls: number;
  readonly callsFailed: number;
  readonly failures: readonly string[];
  readonly finalsExpected: number;
  readonly finalsLost: number;
  readonly finalsRepeated: number;
  /** All events: those that were expected and did not come, came twice, or are others than expected. */
  readonly eventsExpected: number;
  readonly eventsLost: number;
  readonly eventsRepeated: number;
  readonly eventsOther: number;
  readonly moves: number;
  readonly moveP50Ms: number;
  readonly moveP99Ms: number;
  readonly vainAttempts: number;
  readonly latencyP50Ms: number;
  readonly latencyP99Ms: number;
  readonly finalLatencyP99Ms: number;
}

type Reference = Pick<FleetCall, 'events' | 'finals'>;

export function verdictOf(calls: readonly MadeCall[], references: readonly Reference[]): FleetVerdict {
  const sums = { finalsExpected: 0, finalsLost: 0, finalsRepeated: 0 };
  const all = { eventsExpected: 0, eventsLost: 0, eventsRepeated: 0, eventsOther: 0 };
  for (const call of calls) {
    const reference = references[call.piece]!;
    const finals = compare(reference.finals, call.finals);
    sums.finalsExpected += reference.finals.length;
    sums.finalsLost += finals.lost;
    sums.finalsRepeated += finals.repeated;
    const events = compare(reference.events, call.events);
    all.eventsExpected += reference.events.length;
    all.eventsLost += events.lost;
    all.eventsRepeated += events.repeated;
    all.eventsOther += events.other;
  }
  const moves = calls.flatMap(({ moveMs }) => moveMs);
  const latencies = calls.flatMap(({ latencyMs }) => latencyMs);
  const failed = calls.flatMap(({ error }) => (error ? [error.message] : []));
  return {
    calls: calls.length,
    callsFailed: failed.length,
    failures: [...new Set(failed)].slice(0, 5),
    ...sums,
    ...all,
    moves: moves.length,
    moveP50Ms: percentile(moves, 0.5),
    moveP99Ms: percentile(moves, 0.99),
    vainAttempts: calls.reduce((sum, call) => sum + call.vainAttempts, 0),
    latencyP50Ms: percentile(latencies, 0.5),
    latencyP99Ms: percentile(latencies, 0.99),
    finalLatencyP99Ms: percentile(
      calls.flatMap(({ finalLatencyMs }) => finalLatencyMs),
      0.99,
    ),
  };
}

/** Keys are unique in what is expected. */
export function compare(
  expected: readonly string[],
  received: readonly string[],
): { readonly lost: number; readonly repeated: number; readonly other: number } {
  const wanted = new Set(expected);
  const found = new Set(received);
  return {
    lost: expected.filter((key) => !found.has(key)).length,
    repeated: received.length - found.size,
    other: [...found].filter((key) => !wanted.has(key)).length,
  };
}
