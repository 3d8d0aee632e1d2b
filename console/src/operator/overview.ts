/**
 * What an operator sees of a server, as `GET /v1/operator/overview` answers it (`OperatorOverview`) and
 * `GET /v1/operator/events` streams it (server-sent events: `overview` first, then `change`, then perhaps `end`). There is
 * no audio in it, no word, no identity and no metadata of a client.
 */
export type OperatorRole = 'customer' | 'agent' | 'unknown';
export type OperatorSentiment = 'negative' | 'neutral' | 'positive';

/** `moving`: being sent to another server, or being restored from one. */
export type OperatorStreamState = 'open' | 'paused' | 'moving';

/** Mean and slope per second over the last 30 s of speech, each quantity from -1 to 1. */
export interface OperatorTrend {
  readonly valence: { readonly mean: number; readonly slope: number };
  readonly arousal: { readonly mean: number; readonly slope: number };
}

/** The newest result of a channel, interim or final. */
export interface OperatorResult {
  /** Null when the recogniser abstained. */
  readonly label: string | null;
  /** Probability of the best class, 0 to 1. */
  readonly confidence: number;
  readonly sentiment: OperatorSentiment;
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
  readonly role: OperatorRole;
  /** False for a channel that is dropped before anything is computed from it. */
  readonly isAnalysed: boolean;
  readonly result: OperatorResult | null;
  /** Null until something was said. */
  readonly trend: OperatorTrend | null;
  /** In the order of the rules; none where alerts are off. */
  readonly alerts: readonly OperatorAlert[];
}

export interface OperatorStream {
  /** The server's random id of the session. */
  readonly id: string;
  /** The door through which it came: `websocket`, `grpc`, ... */
  readonly door: string;
  /** `name@version`. */
  readonly model: string;
  readonly state: OperatorStreamState;
  /** When it began on this server, ISO 8601. */
  readonly startedAt: string;
  /** Seconds of audio so far. */
  readonly seconds: number;
  /** How far recognition is behind the audio that has arrived, in milliseconds of audio. */
  readonly lagMs: number;
  readonly channels: readonly OperatorChannel[];
}

export interface OperatorTotals {
  readonly streams: number;
  /** Streams that the server takes at most. */
  readonly capacity: number;
  /** Share of the places that are taken, 0 to 1. */
  readonly loadRatio: number;
  /** Since the server started. */
  readonly opened: number;
  /** Streams that were refused since the server started, for whatever reason. */
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

/** Data of the event `change`, at most once a second. */
export interface OperatorChange {
  readonly at: string;
  readonly totals: OperatorTotals;
  /** Streams that are new or have changed, whole. */
  readonly streams: readonly OperatorStream[];
  /** Ids of streams that are over. */
  readonly ended: readonly string[];
}

/** Data of the event `end`, after which the server closes the connection. */
export interface OperatorEnd {
  readonly reason: 'draining' | 'slow_reader';
}
