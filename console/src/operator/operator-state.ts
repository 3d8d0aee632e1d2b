/** What the operators' view knows: the newest overview, kept up to date by changes, and how loads went meanwhile. */
import type { OperatorChange, OperatorOverview, OperatorStream, OperatorTotals } from './overview.ts';

export interface LoadPoint {
  readonly atSeconds: number;
  readonly streams: number;
}

/** At one change a second: half an hour. */
const keptPoints = 1800;

export class OperatorState {
  totals: OperatorTotals | null = null;
  at = '';
  readonly #streams = new Map<string, OperatorStream>();
  readonly #history: LoadPoint[] = [];

  /** Oldest first. */
  get streams(): readonly OperatorStream[] {
    return [...this.#streams.values()];
  }

  get history(): readonly LoadPoint[] {
    return this.#history;
  }

  overview(overview: OperatorOverview): void {
    this.#streams.clear();
    for (const stream of overview.streams) this.#streams.set(stream.id, stream);
    this.#totals(overview.at, overview.totals);
  }

  change(change: OperatorChange): void {
    for (const id of change.ended) this.#streams.delete(id);
    for (const stream of change.streams) this.#streams.set(stream.id, stream);
    this.#totals(change.at, change.totals);
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
