/** What the operators' view knows: the newest overview, kept up to date by changes, and how loads went meanwhile. */
import { SeenCall } from './calls/seen-call.ts';
import type { OperatorChange, OperatorOverview, OperatorStream, OperatorTotals } from './overview.ts';

export interface LoadPoint {
  readonly atSeconds: number;
  readonly streams: number;
}

/** At one change a second: half an hour. */
const keptPoints = 1800;
/** Calls of which is kept what was seen of them; those first seen go first. */
const keptCalls = 500;

export class OperatorState {
  totals: OperatorTotals | null = null;
  at = '';
  readonly #streams = new Map<string, OperatorStream>();
  readonly #history: LoadPoint[] = [];
  readonly #seen = new Map<string, SeenCall>();

  /** Oldest first. */
  get streams(): readonly OperatorStream[] {
    return [...this.#streams.values()];
  }

  get history(): readonly LoadPoint[] {
    return this.#history;
  }

  /** What was seen of a stream, also when it is over; null for one that is not known. */
  seen(id: string): SeenCall | null {
    return this.#seen.get(id) ?? null;
  }

  overview(overview: OperatorOverview): void {
    const running = new Set(overview.streams.map(({ id }) => id));
    for (const id of this.#streams.keys()) if (!running.has(id)) this.#seen.get(id)?.end();
    this.#streams.clear();
    for (const stream of overview.streams) this.#set(stream);
    this.#totals(overview.at, overview.totals);
  }

  change(change: OperatorChange): void {
    for (const id of change.ended) {
      this.#streams.delete(id);
      this.#seen.get(id)?.end();
    }
    for (const stream of change.streams) this.#set(stream);
    this.#totals(change.at, change.totals);
  }

  #set(stream: OperatorStream): void {
    this.#streams.set(stream.id, stream);
    let seen = this.#seen.get(stream.id);
    if (!seen) {
      seen = new SeenCall(stream.id);
      this.#seen.set(stream.id, seen);
      const [first] = this.#seen.keys();
      if (this.#seen.size > keptCalls) this.#seen.delete(first!);
    }
    seen.look(stream);
  }

  #totals(at: string, totals: OperatorTotals): void {
    this.at = at;
    this.totals = totals;
    this.#history.push({ atSeconds: Date.parse(at) / 1000, streams: totals.streams });
    if (this.#history.length > keptPoints) this.#history.shift();
  }
}

/** Share of the newest labels over all analysed channels that have one, largest first. */
export function labelShares(
  streams: readonly OperatorStream[],
): readonly { readonly label: string; readonly count: number; readonly share: number }[] {
  const counts = new Map<string, number>();
  for (const { channels } of streams)
    for (const { result } of channels)
      if (result?.label) counts.set(result.label, (counts.get(result.label) ?? 0) + 1);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [...counts]
    .map(([label, count]) => ({ label, count, share: count / total }))
    .sort((a, b) => b.count - a.count || a.label.localeCompare(b.label));
}
