/** Looks at the server, once for all that watch it. */
import type { SessionHost } from '../session/session-host.ts';
import type { OperatorOverview, OperatorTotals } from './overview.ts';
import { streamOverview } from './stream-overview.ts';

export interface OverviewSources {
  readonly host: Pick<SessionHost, 'views' | 'sessions' | 'opened' | 'refused' | 'isDraining'>;
  readonly gate: { readonly capacity: number; readonly loadRatio: number };
}

/** One look, as texts: most of what many readers get is the same. */
export interface Frame {
  readonly at: string;
  /** JSON of `OperatorTotals`. */
  readonly totals: string;
  /** JSON of `OperatorStream` by id, oldest first. */
  readonly streams: ReadonlyMap<string, string>;
}

export function overview(sources: OverviewSources): OperatorOverview {
  const { views, isDraining } = sources.host;
  const streams = [...views].map(([session, view]) => streamOverview(session, view, isDraining));
  return { at: new Date().toISOString(), totals: totals(sources), streams };
}

export function frame(sources: OverviewSources): Frame {
  const { at, totals: counts, streams } = overview(sources);
  const texts = streams.map((stream) => [stream.id, JSON.stringify(stream)] as const);
  return { at, totals: JSON.stringify(counts), streams: new Map(texts) };
}

function totals({ host, gate }: OverviewSources): OperatorTotals {
  return {
    streams: host.sessions,
    capacity: gate.capacity,
    loadRatio: Math.min(1, Number(gate.loadRatio.toFixed(3))),
    opened: host.opened,
    refused: host.refused,
    isDraining: host.isDraining,
  };
}
