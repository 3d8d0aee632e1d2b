/** Where results go besides the client: one contract for whatever takes them. */
export interface SinkEvent {
  /** Deterministic: the same event has the same id on every server, however often it is delivered. */
  readonly id: string;
  /** Final results, summaries, and where a stream begins and ends; the rest is of the moment and may be left out. */
  readonly isDurable: boolean;
  /** The message's type on the wire, in lower case: `emotion`, `summary`. */
  readonly type: string;
  readonly session: string;
  /** The envelope with its data, one line of JSON. */
  readonly json: string;
}

export interface Sink {
  /** The value of the metrics' label `sink`. */
  readonly name: string;
  /**
   * Resolves when all of them are where they should be. They are tried again, in the same order, when it rejects or does
   * not end before `signal` says so; a sink has to bear events that it got before.
   */
  deliver(events: readonly SinkEvent[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
