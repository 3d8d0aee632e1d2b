/** Keeps a connection to NATS: made in the background, made again for as long as it takes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, connect, type NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '../../observability/logger.ts';
import { retryDelayMs } from '../retry-delay.ts';

const connectDeadlineMs = 5000;
const reconnectDelayMs = 500;
const closeDeadlineMs = 1000;

export interface NatsLinkOptions {
  readonly connection: ConnectionOptions;
  readonly log: Logger;
  /** A connection of its own: once for each that replaces another. */
  readonly onOpen: (connection: NatsConnection) => void;
  /** Whenever the server is there: durable events wait until it resolves, and it is tried again when it rejects. */
  readonly prepare: (connection: NatsConnection) => Promise<void>;
  readonly onDown: () => void;
}

export class NatsLink {
  readonly #options: NatsLinkOptions;
  #connection: NatsConnection | null = null;
  #isUp = false;
  #isPrepared = false;
  /** Counts changes between up and down. */
  #changes = 0;
  #failures = 0;
  readonly #closing = new AbortController();
  readonly #waiting = new Set<() => void>();

  constructor(options: NatsLinkOptions) {
    this.#options = options;
    void this.#run();
  }

  /** Null while there is no server. */
  get connection(): NatsConnection | null {
    return this.#isUp ? this.#connection : null;
  }

  /** Resolves when durable events can be published. @throws Error when that is not so within `deadlineMs` */
  async ready(deadlineMs: number): Promise<void> {
    if (this.#isUp && this.#isPrepared) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(proceed);
        reject(new Error('NATS is not there'));
      }, deadlineMs);
      const proceed = (): void => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#isClosed) proceed();
      else this.#waiting.add(proceed);
    });
    if (this.#isClosed) throw new Error('the sink is closed');
  }

  /** Sends what was published, unless the server is away. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#letGo();
    const { connection } = this;
    if (connection) {
      const flushed = new AbortController();
      await Promise.race([connection.flush(), sleep(closeDeadlineMs, null, flushed)]).catch(() => {});
      flushed.abort();
    }
    await this.#connection?.close();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #run(): Promise<void> {
    const { connection: options, log, onOpen } = this.#options;
    while (!this.#isClosed) {
      let connection: NatsConnection;
      try {
        connection = await connect({
          ...options,
          timeout: connectDeadlineMs,
          maxReconnectAttempts: -1,
          reconnectTimeWait: reconnectDelayMs,
          // A server may know its users later than its clients know it.
          ignoreAuthErrorAbort: true,
          noAsyncTraces: true,
        });
      } catch (cause) {
        if (this.#failures++ === 0)
          log.error({ sink: 'nats', err: cause }, 'NATS is not there: results wait');
        await this.#pause(retryDelayMs(this.#failures));
        continue;
      }
      if (this.#isClosed) {
        await connection.close();
        return;
      }
      this.#connection = connection;
      onOpen(connection);
      this.#up(connection);
      for await (const { type } of connection.status()) {
        if (type === 'disconnect') this.#down();
        else if (type === 'reconnect') this.#up(connection);
      }
      this.#down();
      this.#connection = null;
    }
  }

  #up(connection: NatsConnection): void {
    this.#isUp = true;
    this.#failures = 0;
    this.#options.log.info({ sink: 'nats' }, 'connected to NATS');
    void this.#prepare(connection, ++this.#changes);
  }

  async #prepare(connection: NatsConnection, change: number): Promise<void> {
    const { prepare, log } = this.#options;
    for (let failures = 1; change === this.#changes && !this.#isClosed; failures++) {
      try {
        await prepare(connection);
        if (change !== this.#changes) return;
        this.#isPrepared = true;
        this.#letGo();
        return;
      } catch (cause) {
        if (change !== this.#changes || this.#isClosed) return;
        if (failures === 1) log.error({ sink: 'nats', err: cause }, 'JetStream is not ready: results wait');
        await this.#pause(retryDelayMs(failures));
      }
    }
  }

  #down(): void {
    if (!this.#isUp) return;
    this.#isUp = false;
    this.#isPrepared = false;
    this.#changes++;
    if (!this.#isClosed) this.#options.log.error({ sink: 'nats' }, 'NATS is gone: results wait');
    this.#options.onDown();
  }

  #letGo(): void {
    for (const proceed of this.#waiting) proceed();
    this.#waiting.clear();
  }

  /** Shorter where it is closed meanwhile. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, null, this.#closing).catch(() => {});
  }
}
