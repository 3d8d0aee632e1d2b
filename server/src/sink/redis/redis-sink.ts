/**
 * Durable events to a stream of Redis (https://redis.io/docs/latest/develop/data-types/streams/), each one once: the script
 * adds an event and notes its id in one step, so that one whose answer was lost is known when it comes again.
 */
import { readFile } from 'node:fs/promises';
import { createClient, defineScript } from '@redis/client';
import type { Logger } from '../../observability/logger.ts';
import { retryDelayMs } from '../retry-delay.ts';
import type { AcknowledgingSink, SinkEvent } from '../sink.ts';

export interface RedisSettings {
  /** `redis://HOST:PORT/DATABASE`, or `rediss://` with TLS. */
  readonly url: string;
  /** Of these texts an empty one means none. */
  readonly user: string;
  readonly password: string;
  readonly caFile: string;
  readonly tenant: string;
  /** About so many are kept; beyond them the oldest go. */
  readonly maxEvents: number;
  /** Time for which an event that came before is known. */
  readonly duplicateSeconds: number;
}

const connectDeadlineMs = 5000;
/** A server that says nothing for longer is gone: it is pinged more often. */
const silenceDeadlineMs = 5000;
const pingEveryMs = 2000;
const maxReconnectDelayMs = 2000;

/**
 * KEYS: stream, mark of this event. ARGV: seconds, most events, id, type, session, event. Redis takes nothing back that a
 * script did before it failed: an event that was not added must not stay marked, or it would be known when it comes again.
 */
const addOnce = `
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1]) then
  return 0
end
local added = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'id', ARGV[3], 'type', ARGV[4], 'session', ARGV[5], 'event', ARGV[6])
if type(added) == 'table' and added.err then
  redis.call('SET', KEYS[2], '0', 'PX', 1)
  return added
end
return 1`;

/** The stream of a tenant; what is in braces keeps its keys together in a cluster. */
export const redisStream = (tenant: string): string => `{undertone:v1:${tenant}}`;

const scripts = {
  addOnce: defineScript({
    NUMBER_OF_KEYS: 2,
    SCRIPT: addOnce,
    parseCommand(parser, keys: readonly [string, string], ...values: readonly string[]) {
      parser.pushKeys([...keys]);
      parser.push(...values);
    },
    transformReply: (reply: unknown): number => Number(reply),
  }),
};

function newClient(settings: RedisSettings, ca: string | undefined) {
  const isEncrypted = settings.url.startsWith('rediss:');
  return createClient({
    url: settings.url,
    name: 'undertone',
    ...(settings.user !== '' && { username: settings.user }),
    ...(settings.password !== '' && { password: settings.password }),
    scripts,
    // Events wait where they are counted, and are given again in order.
    disableOfflineQueue: true,
    pingInterval: pingEveryMs,
    socket: {
      connectTimeout: connectDeadlineMs,
      socketTimeout: silenceDeadlineMs,
      reconnectStrategy: (retries: number) => Math.min(maxReconnectDelayMs, retryDelayMs(retries + 1)),
      ...(isEncrypted && { tls: true as const, ...(ca !== undefined && { ca }) }),
    },
  });
}

export class RedisSink implements AcknowledgingSink {
  readonly name = 'redis';
  readonly maxInFlight = 256;
  readonly #settings: RedisSettings;
  readonly #stream: string;
  readonly #client: ReturnType<typeof newClient>;
  #isDown = false;

  private constructor(settings: RedisSettings, ca: string | undefined, log: Logger) {
    this.#settings = settings;
    this.#stream = redisStream(settings.tenant);
    this.#client = newClient(settings, ca);
    this.#client.on('error', (cause) => {
      if (!this.#isDown) log.error({ sink: this.name, err: cause }, 'Redis is not there: results wait');
      this.#isDown = true;
    });
    this.#client.on('ready', () => {
      this.#isDown = false;
      log.info({ sink: this.name }, 'connected to Redis');
    });
    // It is tried again for as long as it takes.
    this.#client.connect().catch(() => {});
  }

  /** Does not wait for Redis. @throws Error for certificates that cannot be read */
  static async open(settings: RedisSettings, log: Logger): Promise<RedisSink> {
    const ca = settings.caFile === '' ? undefined : await readFile(settings.caFile, 'utf8');
    return new RedisSink(settings, ca, log);
  }

  wants({ isDurable }: SinkEvent): boolean {
    return isDurable;
  }

  offer(): boolean {
    return false;
  }

  async deliver({ id, type, session, json }: SinkEvent): Promise<void> {
    if (!this.#client.isReady) throw new Error('Redis is not there');
    const { duplicateSeconds, maxEvents } = this.#settings;
    await this.#client.addOnce(
      [this.#stream, `${this.#stream}:id:${id}`],
      String(duplicateSeconds),
      String(maxEvents),
      id,
      type,
      session,
      json,
    );
  }

  async close(): Promise<void> {
    if (this.#client.isOpen) this.#client.destroy();
  }
}
