/**
 * What an operator sees of the server: `GET /v1/operator/overview`, and as server-sent events `GET /v1/operator/events`.
 * No audio, no identity and nothing that a client called itself.
 */
import type { SentimentLabel, TrendLine } from '@undertone/core';
import type { Role } from '@undertone/proto';

/** The newest result of a channel, interim or final. */
export interface OperatorResult {
  /** Null when the recogniser abstained. */
  readonly label: string | null;
  /** Probability of the best class, 0 to 1. */
  readonly confidence: number;
  readonly sentiment: SentimentLabel;
  readonly isFinal: boolean;
  /** Seconds of the stream's audio at which it ends. */
  readonly atSeconds: number;
}

/** An alert that is open. */
export interface OperatorAlert {
  readonly rule: string;
  readonly level: 'info' | 'warn' | 'critical';
  /** Seconds of the stream's audio at which it began. */
  readonly sinceSeconds: number;
}

export interface OperatorChannel {
  readonly channel: number;
  readonly role: Role;
  readonly isAnalysed: boolean;
  /** Always null of an agent, whose results are nobody's but the agent's. */
  readonly result: OperatorResult | null;
  /** Over the last 30 s; null until something was said, and of an agent. */
  readonly trend: { readonly valence: TrendLine; readonly arousal: TrendLine } | null;
  /** In the order of the rules; none where alerts are off. */
  readonly alerts: readonly OperatorAlert[];
}

export interface OperatorStream {
  readonly id: string;
  readonly door: string;
  /** `name@version` */
  readonly model: string;
  /** `moving`: being sent to another server, or being restored from one. */
  readonly state: 'open' | 'paused' | 'moving';
  /** When it began on this server, ISO 8601. */
  readonly startedAt: string;
  /** Of audio. */
  readonly seconds: number;
  /** Audio that has come and is not recognised yet. */
  readonly lagMs: number;
  readonly channels: readonly OperatorChannel[];
}

export interface OperatorTotals {
  readonly streams: number;
  readonly capacity: number;
  /** 0 to 1. */
  readonly loadRatio: number;
  /** Since the server started, as `refused`. */
  readonly opened: number;
  readonly refused: number;
  readonly isDraining: boolean;
}

export interface OperatorOverview {
  /** ISO 8601. */
  readonly at: string;
  readonly totals: OperatorTotals;
  /** Oldest first. */
  readonly streams: readonly OperatorStream[];
}

/** Why the events end. */
export type OperatorEndReason = 'draining' | 'slow_reader';
