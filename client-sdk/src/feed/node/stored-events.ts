/** Reads what a stream keeps, in order and each once, and goes on when NATS was away. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  JetStreamApiError,
  type JsMsg,
} from '@nats-io/jetstream';
import { type EventStream, isForbidden } from './open-nats.ts';

export interface StoredEventsOptions {
  readonly stream: EventStream;
  /** Subjects that are read. */
  readonly subject: string;
  readonly from: 'now' | 'all' | Date;
  /** False to end with the last one that the stream has now. */
  readonly follow: boolean;
}

/** Time without anything, after which it is asked whether anything is left: it may have expired meanwhile. */
const quietMs = 3000;
const startDeadlineMs = 5000;
const retryMs = 500;
const streamNotFound = 10_059;

export class StoredEvents {
  readonly #options: StoredEventsOptions;
  #messages: ConsumerMessages | null = null;
  readonly #closing = new AbortController();

  constructor(options: StoredEventsOptions) {
    this.#options = options;
  }

  /**
   * Ends when there is nothing left, where it does not follow, or when it is closed. Tries again for as long as it takes
   * when NATS is away.
   * @throws what trying again does not mend
   */
  async *read(): AsyncGenerator<JsMsg, void, undefined> {
    /** Number of the next event; null until it is known where to begin. */
    let next: number | null = null;
    while (!this.#isClosed) {
      try {
        next ??= await this.#startSequence();
        for await (const message of this.#readFrom(next)) {
          next = message.seq + 1;
          yield message;
        }
        // It ends by itself only where all was read, or the client has given up.
        if (!this.#options.follow) return;
      } catch (cause) {
        if (isLasting(cause)) throw cause;
      }
      await sleep(retryMs, null, { signal: this.#closing.signal }).catch(() => {});
    }
  }

  async *#readFrom(start: number): AsyncGenerator<JsMsg, void, undefined> {
    const { stream, follow } = this.#options;
    if (!follow && start > stream.lastSequence) return;
    const consumer = await this.#consumer(start);
    // What expired between opening and now is not waited for.
    if (!follow && (await consumer.info(true)).num_pending === 0) return;
    const messages = await consumer.consume({ max_messages: 256 });
    this.#messages = messages;
    if (this.#isClosed) await messages.close();
    const watch = follow ? null : this.#endWhenEmpty(consumer, messages);
    try {
      for await (const message of messages) {
        yield message;
        watch?.refresh();
        if (!follow && (message.info.pending === 0 || message.seq >= stream.lastSequence)) return;
      }
    } finally {
      if (watch) clearInterval(watch);
      await messages.close();
      // Ephemeral: NATS forgets it where this does not arrive.
      void consumer.delete().catch(() => {});
    }
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#messages?.close();
  }

  #consumer(start: number): Promise<Consumer> {
    const { stream, subject } = this.#options;
    return stream.manager.jetstream().consumers.get(stream.name, {
      filter_subjects: subject,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: start,
    });
  }

  /**
   * By number and not by time, also for `now`: the client begins again by number when NATS was away, and knows none before
   * the first event.
   */
  async #startSequence(): Promise<number> {
    const { stream, subject, from } = this.#options;
    if (from === 'all') return 1;
    if (from === 'now') return stream.lastSequence + 1;
    const consumer = await stream.manager.jetstream().consumers.get(stream.name, {
      filter_subjects: subject,
      deliver_policy: DeliverPolicy.StartTime,
      opt_start_time: from.toISOString(),
      headers_only: true,
    });
    try {
      if ((await consumer.info(true)).num_pending === 0) return stream.lastSequence + 1;
      const first = await consumer.next({ expires: startDeadlineMs });
      return first?.seq ?? stream.lastSequence + 1;
    } finally {
      void consumer.delete().catch(() => {});
    }
  }

  #endWhenEmpty(consumer: Consumer, messages: ConsumerMessages): NodeJS.Timeout {
    const ask = async (): Promise<void> => {
      const { num_pending, num_ack_pending } = await consumer.info();
      if (num_pending === 0 && num_ack_pending === 0) await messages.close();
    };
    return setInterval(() => void ask().catch(() => {}), quietMs);
  }
}

/** The stream is gone, or may not be read; all else is over when NATS is back. */
function isLasting(cause: unknown): boolean {
  return isForbidden(cause) || (cause instanceof JetStreamApiError && cause.code === streamNotFound);
}
