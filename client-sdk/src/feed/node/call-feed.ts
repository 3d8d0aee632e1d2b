/**
 * Events of calls from JetStream, as servers with a NATS sink publish them. Kept events come in order and once, however
 * often NATS goes away meanwhile; those of the moment come as they are, before or after the kept ones around them.
 */
import type { NatsConnection } from '@nats-io/transport-node';
import { UndertoneError } from '@undertone/core';
import { eventSubjects } from '@undertone/proto';
import { type CallEvent, isCallEvent, readCallEvent } from '../../calls/call-event.ts';
import { EventQueue } from './event-queue.ts';
import { checkFeedOptions, type FeedCounts, type FeedOptions } from './feed-options.ts';
import { findStream, forbidden, isForbidden, isUnauthorized, openNats } from './open-nats.ts';
import { RecentIds } from './recent-ids.ts';
import { StoredEvents } from './stored-events.ts';

/** Ids of which it is known that they came. */
const knownIds = 200_000;
/** Of each kind. */
const mostWaiting = 2000;

export class CallFeed implements AsyncIterable<CallEvent> {
  readonly #options: FeedOptions;
  readonly #connection: NatsConnection;
  readonly #stored: StoredEvents;
  readonly #queue = new EventQueue<CallEvent>(mostWaiting);
  readonly #known = new RecentIds(knownIds);
  readonly #types: ReadonlySet<string> | null;
  readonly #counts = { events: 0, doubles: 0, malformed: 0, dropped: 0 };
  readonly #onAbort = (): void => void this.close();
  #closed: Promise<void> | null = null;

  private constructor(options: FeedOptions, connection: NatsConnection, stored: StoredEvents) {
    this.#options = options;
    this.#connection = connection;
    this.#stored = stored;
    this.#types = options.types ? new Set(options.types.map((type) => type.toLowerCase())) : null;
  }

  /**
   * Resolves when NATS and the stream are there; from then on nothing is missed.
   * @throws UndertoneError `bad_parameter`, `connection_failed`, `unauthorized`, `forbidden`, `not_found` where no stream keeps events,
   *   `file_not_found` for credentials, `aborted`
   */
  static async open(options: FeedOptions): Promise<CallFeed> {
    checkFeedOptions(options);
    const {
      tenant = 'default',
      session,
      types,
      from = 'now',
      follow = true,
      interim = true,
      signal,
    } = options;
    if (signal?.aborted) throw aborted();
    const connection = await openNats(options);
    try {
      const stream = await findStream(connection, options);
      const only = types?.length === 1 ? types[0]?.toLowerCase() : undefined;
      const subject = eventSubjects(tenant, {
        ...(session === undefined ? {} : { session }),
        ...(only === undefined ? {} : { type: only }),
      });
      const stored = new StoredEvents({ stream, subject, from, follow });
      const feed = new CallFeed(options, connection, stored);
      if (follow && interim) feed.#listen(`${subject}.live`);
      if (signal?.aborted) throw aborted();
      signal?.addEventListener('abort', feed.#onAbort, { once: true });
      void feed.#readStored();
      feed.#watch().catch((thrown: unknown) => feed.#end(thrown));
      return feed;
    } catch (cause) {
      await connection.close();
      throw cause;
    }
  }

  get counts(): FeedCounts {
    return { ...this.#counts };
  }

  /** Of one reader. Ends when it is closed or aborted, or with the last event that is kept where it does not follow. */
  async *[Symbol.asyncIterator](): AsyncGenerator<CallEvent, void, undefined> {
    try {
      for (;;) {
        const event = await this.#queue.take();
        if (!event) return;
        yield event;
      }
    } finally {
      await this.close();
    }
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#queue.end();
    await this.#stored.close();
    await this.#connection.close();
  }

  async #readStored(): Promise<void> {
    try {
      for await (const message of this.#stored.read()) {
        const event = this.#event(message.string(), message.subject);
        if (event) await this.#queue.push(event);
      }
      this.#queue.end();
    } catch (cause) {
      this.#queue.end(isForbidden(cause) ? forbidden(cause) : lost(cause));
    }
  }

  #listen(subject: string): void {
    this.#connection.subscribe(subject, {
      callback: (error, message) => {
        // What may not be listened to is left out, as it is where nobody publishes it.
        if (error) return;
        const event = this.#event(message.string(), message.subject);
        if (event && !this.#queue.offer(event)) this.#counts.dropped++;
      },
    });
  }

  /** @returns null for what is left out */
  #event(text: string, subject: string): CallEvent | null {
    const { session, onMalformed } = this.#options;
    const read = readCallEvent(text);
    if (!isCallEvent(read)) {
      this.#counts.malformed++;
      onMalformed?.(read.problem, subject);
      return null;
    }
    if (session !== undefined && read.session !== session) return null;
    // `undertone.v1.TENANT.SESSION.TYPE`
    if (this.#types && !this.#types.has(subject.split('.')[4] ?? '')) return null;
    if (!this.#known.add(read.id)) {
      this.#counts.doubles++;
      return null;
    }
    this.#counts.events++;
    return read;
  }

  async #watch(): Promise<void> {
    for await (const status of this.#connection.status()) {
      if (status.type === 'disconnect') this.#options.onState?.('lost');
      if (status.type === 'reconnect') this.#options.onState?.('connected');
      // Asking for events has no answer that could say so.
      if (status.type === 'error' && isForbidden(status.error, 'publish')) this.#end(forbidden(status.error));
    }
    // Its client comes back by itself unless NATS lets it in no more.
    if (this.#closed === null)
      this.#end(lost((await this.#connection.closed()) ?? 'NATS closed the connection'));
  }

  /** Nothing more comes. @param cause thrown to the reader */
  #end(cause: unknown): void {
    this.#queue.end(cause);
    void this.#stored.close();
  }
}

function lost(cause: unknown): UndertoneError {
  const code = isUnauthorized(cause) ? 'unauthorized' : 'connection_lost';
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new UndertoneError(code, `Expected to read on from JetStream; ${why}.`, { cause });
}

function aborted(): UndertoneError {
  return new UndertoneError('aborted', 'Expected to read events of calls; the caller aborted.');
}
