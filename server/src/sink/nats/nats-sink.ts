/** Events to NATS: durable ones through JetStream, acknowledged; those of the moment as they are, or not at all. */
import type { ConnectionOptions } from '@nats-io/transport-node';
import type { Logger } from '../../observability/logger.ts';
import type { AcknowledgingSink, SinkEvent } from '../sink.ts';
import { type NatsAccess, natsConnectionOptions } from './connection-options.ts';
import { ensureStream, type StreamSettings } from './ensure-stream.ts';
import { EventRefused, JetPublisher } from './jet-publisher.ts';
import { NatsLink } from './nats-link.ts';
import { subjectOf } from './nats-subject.ts';

export interface NatsSettings extends NatsAccess {
  readonly tenant: string;
  /** Null where the stream is somebody else's concern. */
  readonly stream: StreamSettings | null;
}

const readyDeadlineMs = 10_000;
/** Of the moment, that the server has not confirmed to have read: beyond it they are left out. */
const maxUnreadBytes = 4_194_304;
const confirmEveryBytes = 65_536;
/** Writes, and reading what answers them, cost more than all else: events of a short while share them. */
const gatherMs = 50;

export class NatsSink implements AcknowledgingSink {
  readonly name = 'nats';
  readonly maxInFlight = 256;
  readonly #tenant: string;
  readonly #link: NatsLink;
  readonly #onRefused: () => void;
  readonly #log: Logger;
  #publisher: JetPublisher | null = null;
  /** Of the moment, for the next write. */
  readonly #gathered: SinkEvent[] = [];
  /** Durable ones that wait for it. */
  readonly #atWrite: (() => void)[] = [];
  #sending: NodeJS.Timeout | null = null;
  #unreadBytes = 0;
  #isConfirming = false;

  private constructor(
    settings: NatsSettings,
    connection: ConnectionOptions,
    log: Logger,
    onRefused: () => void,
  ) {
    const { tenant, stream } = settings;
    this.#tenant = tenant;
    this.#log = log;
    this.#onRefused = onRefused;
    this.#link = new NatsLink({
      connection,
      log,
      onOpen: (opened) => {
        this.#publisher?.close();
        this.#publisher = new JetPublisher(opened);
      },
      prepare: async (opened) => {
        if (stream) await ensureStream(opened, tenant, stream, log);
      },
      onDown: () => this.#publisher?.failAll(new Error('the connection to NATS is gone')),
    });
  }

  /**
   * Does not wait for NATS.
   * @param onRefused an event that will never be taken, which is left out
   * @throws Error for credentials that cannot be read
   */
  static async open(settings: NatsSettings, log: Logger, onRefused: () => void): Promise<NatsSink> {
    const connection = await natsConnectionOptions(settings);
    return new NatsSink(settings, connection, log, onRefused);
  }

  wants(): boolean {
    return true;
  }

  offer(event: SinkEvent): boolean {
    if (!this.#link.connection || this.#unreadBytes > maxUnreadBytes) return false;
    this.#unreadBytes += event.json.length;
    this.#gathered.push(event);
    this.#startGathering();
    return true;
  }

  async deliver(event: SinkEvent, waitedMs: number): Promise<void> {
    // What has waited already goes at once: one event after the other of a session that is behind.
    if (waitedMs < gatherMs) {
      this.#startGathering();
      await new Promise<void>((resolve) => this.#atWrite.push(resolve));
    }
    await this.#link.ready(readyDeadlineMs);
    try {
      await this.#publisher!.publish(subjectOf(this.#tenant, event), event.id, event.json);
    } catch (cause) {
      if (!(cause instanceof EventRefused)) throw cause;
      this.#log.error({ sink: this.name, err: cause }, 'an event is left out: it would never be taken');
      this.#onRefused();
    }
  }

  async close(): Promise<void> {
    this.#sendGathered();
    this.#publisher?.close();
    await this.#link.close();
  }

  #startGathering(): void {
    this.#sending ??= setTimeout(() => this.#sendGathered(), gatherMs);
  }

  #sendGathered(): void {
    if (this.#sending) clearTimeout(this.#sending);
    this.#sending = null;
    for (const proceed of this.#atWrite.splice(0)) proceed();
    const { connection } = this.#link;
    for (const event of this.#gathered.splice(0)) {
      try {
        connection?.publish(subjectOf(this.#tenant, event), event.json);
      } catch {
        // Too large, or gone meanwhile: it was of the moment.
      }
    }
    if (this.#unreadBytes > confirmEveryBytes && !this.#isConfirming) void this.#confirm();
  }

  /** The answer to a ping comes when all before it was read. */
  async #confirm(): Promise<void> {
    this.#isConfirming = true;
    const bytes = this.#unreadBytes;
    try {
      await this.#link.connection?.flush();
      this.#unreadBytes -= bytes;
    } catch {
      // The connection is gone, and what it had not read with it.
      this.#unreadBytes = 0;
    }
    this.#isConfirming = false;
  }
}
