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

/** A sink that takes events one by one and says of each whether it has it: many calls at a time, each call in order. */
export interface AcknowledgingSink {
  /** The value of the metrics' label `sink`. */
  readonly name: string;
  /** Most durable events that it is given at a time, each of another session. */
  readonly maxInFlight: number;
  wants(event: SinkEvent): boolean;
  /** An event of the moment: passed on at once, or never. @returns whether it was */
  offer(event: SinkEvent): boolean;
  /**
   * Resolves when a durable event is where it should be, or never will be and is counted as refused. It is given again
   * when it rejects, which it does after a deadline of its own, and when it is closed; a sink has to bear events that it
   * got before.
   * @param waitedMs since the event came about
   * @throws SinkBusy to be left alone for a while
   */
  deliver(event: SinkEvent, waitedMs: number): Promise<void>;
  close(): Promise<void>;
}

/** What waits for one sink. */
export interface Outbox {
  readonly name: string;
  /** Events that wait. */
  readonly length: number;
  push(event: SinkEvent): void;
  /** Delivers what waits, for at most `graceMs`, and closes the sink. */
  close(graceMs: number): Promise<void>;
}

/** Said by a sink that wants to be left alone, whatever the call. */
export class SinkBusy extends Error {
  readonly afterMs: number;

  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}
