/** Calls as JetStream keeps them, page by page. The connection is made when somebody asks, and closed when nobody does. */
import {
  type Consumer,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  type JsMsg,
  jetstreamManager,
} from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { UndertoneError } from '@undertone/core';
import { eventSubjects } from '@undertone/proto';
import { type NatsAccess, natsConnectionOptions } from '../../sink/nats/connection-options.ts';
import type { Page } from './calls-query.ts';
import { operatorEvent } from './operator-event.ts';

export interface KeptCallsSettings extends NatsAccess {
  readonly tenant: string;
  /** Empty for the one that takes the subjects. */
  readonly stream: string;
}

export interface EventPage {
  readonly events: readonly object[];
  /** For the next page. */
  readonly after: number;
  readonly hasMore: boolean;
  /** Messages in the stream that are no events. */
  readonly malformed: number;
}

const deadlineMs = 2000;
const idleMs = 60_000;
/** Of one page, beside the number of its events. */
const mostPageBytes = 4_194_304;

export class KeptCalls {
  readonly #settings: KeptCallsSettings;
  #connection: Promise<NatsConnection> | null = null;
  #idle: NodeJS.Timeout | null = null;
  #asking = 0;

  constructor(settings: KeptCallsSettings) {
    this.#settings = settings;
  }

  /** What began since a time, oldest first. @throws UndertoneError `connection_failed`, `not_found` */
  async begun(since: Date, page: Page): Promise<EventPage> {
    return await this.#page({ type: 'begin' }, page, since);
  }

  /** Of one call, in order; empty for one that is not kept. @throws UndertoneError `connection_failed`, `not_found` */
  async events(session: string, page: Page): Promise<EventPage> {
    return await this.#page({ session }, page, null);
  }

  async close(): Promise<void> {
    if (this.#idle) clearTimeout(this.#idle);
    const opened = this.#connection;
    // Who asks from here on has another one.
    this.#connection = null;
    const connection = await opened?.catch(() => null);
    await connection?.close();
  }

  async #page(
    filter: { readonly session?: string; readonly type?: string },
    { after, limit }: Page,
    since: Date | null,
  ): Promise<EventPage> {
    if (this.#idle) clearTimeout(this.#idle);
    this.#asking++;
    try {
      const manager = await jetstreamManager(await this.#connected(), {
        checkAPI: false,
        timeout: deadlineMs,
      });
      const consumer = await manager.jetstream().consumers.get(await this.#stream(manager), {
        filter_subjects: eventSubjects(this.#settings.tenant, filter),
        ...(after === null && since
          ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: since.toISOString() }
          : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: (after ?? 0) + 1 }),
        inactive_threshold: 10_000,
      });
      return await readPage(consumer, after ?? 0, limit);
    } catch (cause) {
      throw asError(cause);
    } finally {
      if (--this.#asking === 0) this.#idle = setTimeout(() => void this.close(), idleMs).unref();
    }
  }

  async #stream(manager: JetStreamManager): Promise<string> {
    const { stream, tenant } = this.#settings;
    return stream === '' ? await manager.streams.find(eventSubjects(tenant)) : stream;
  }

  async #connected(): Promise<NatsConnection> {
    const opening = this.#connection ?? this.#connect();
    this.#connection = opening;
    try {
      const connection = await opening;
      if (!connection.isClosed()) return connection;
    } catch (cause) {
      if (this.#connection === opening) this.#connection = null;
      throw cause;
    }
    if (this.#connection === opening) this.#connection = null;
    return await this.#connected();
  }

  async #connect(): Promise<NatsConnection> {
    const options = await natsConnectionOptions(this.#settings);
    return await connect({
      ...options,
      name: 'undertone-operator',
      timeout: deadlineMs,
      noAsyncTraces: true,
    });
  }
}

async function readPage(consumer: Consumer, after: number, limit: number): Promise<EventPage> {
  const events: object[] = [];
  let [last, bytes, malformed, count] = [after, 0, 0, 0];
  let hasMore = (await consumer.info(true)).num_pending > 0;
  if (hasMore) {
    const messages = await consumer.fetch({ max_messages: limit, expires: deadlineMs });
    for await (const message of messages) {
      last = message.seq;
      count++;
      bytes += message.data.length;
      hasMore = message.info.pending > 0;
      const event = shown(message);
      if (event === undefined) malformed++;
      else if (event) events.push(event);
      if (!hasMore || count >= limit || bytes >= mostPageBytes) break;
    }
    await messages.close();
  }
  // Ephemeral: NATS forgets it where this does not arrive.
  void consumer.delete().catch(() => {});
  return { events, after: last, hasMore, malformed };
}

function shown(message: JsMsg): object | null | undefined {
  try {
    return operatorEvent(message.json());
  } catch {
    return undefined;
  }
}

function asError(cause: unknown): UndertoneError {
  if (cause instanceof UndertoneError) return cause;
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  // Which stream and why is in the log; an address of NATS is no operator's concern.
  const isAbsent =
    (cause instanceof JetStreamApiError && cause.status === 404) || /no stream matches/i.test(why);
  return isAbsent
    ? new UndertoneError('not_found', 'Expected a stream of JetStream that keeps calls; there is none.', {
        cause,
      })
    : new UndertoneError('connection_failed', 'Expected JetStream to answer; it did not.', { cause });
}
