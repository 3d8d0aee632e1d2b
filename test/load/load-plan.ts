/** What the generator's process is told to do, and what it answers. */
export type Transport = 'ws' | 'grpc';

export interface LoadPlan {
  readonly url: string;
  readonly transport: Transport;
  readonly streams: number;
  readonly packetMs: number;
  readonly seconds: number;
  /** Streams begin within this time, at random moments: callers do not agree. */
  readonly rampMs: number;
  /** The model decides so often, also when a pause is over. */
  readonly stepMs: number;
  /** A recording to take the speech from; the demo call otherwise. */
  readonly wav?: string;
  /** Different pieces of the speech. */
  readonly variants: number;
}

export interface RefusedStream {
  readonly status: number;
  readonly hasRetryAfter: boolean;
  /** From the attempt to the refusal. */
  readonly afterMs: number;
}

export interface LoadOutcome {
  readonly interimMs: readonly number[];
  readonly finalMs: readonly number[];
  readonly serverInterimMs: readonly number[];
  readonly serverFinalMs: readonly number[];
  /** Packets that left later than planned, 99th percentile. */
  readonly latenessP99Ms: number;
  /** Per stream, what identifies each event; null where the stream failed or was refused. */
  readonly eventKeys: readonly (readonly string[] | null)[];
  readonly refused: readonly RefusedStream[];
  readonly failures: readonly string[];
  /** CPU of the generator by time that passed. */
  readonly cpuShare: number;
}
