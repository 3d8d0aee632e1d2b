/** A connection to NATS that comes back by itself, and the stream that keeps the events of a tenant. */
import { readFile } from 'node:fs/promises';
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from '@nats-io/jetstream';
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  errors,
  type NatsConnection,
} from '@nats-io/transport-node';
import { UndertoneError } from '@undertone/core';
import { eventSubjects } from '@undertone/proto';
import type { FeedConnection } from './feed-options.ts';

const connectDeadlineMs = 5000;
const reconnectDelayMs = 500;

/** @throws UndertoneError `connection_failed`, `unauthorized`, `file_not_found` */
export async function openNats(settings: FeedConnection): Promise<NatsConnection> {
  const options = await connectionOptions(settings);
  try {
    return await connect({ ...options, timeout: connectDeadlineMs, maxReconnectAttempts: -1 });
  } catch (cause) {
    const where = settings.natsUrl.join(', ');
    if (isUnauthorized(cause))
      throw new UndertoneError(
        'unauthorized',
        `Expected NATS at ${where} to take the credentials (UNDERTONE_NATS_TOKEN, --nats-creds-file); it refused: ${(cause as Error).message}.`,
        { cause },
      );
    const why = cause instanceof Error ? cause.message || cause.name : String(cause);
    throw new UndertoneError('connection_failed', `Expected NATS at ${where}; ${why}.`, { cause });
  }
}

/** NATS does not take these credentials, or takes them no more. */
export function isUnauthorized(cause: unknown): boolean {
  return cause instanceof errors.AuthorizationError || cause instanceof errors.UserAuthenticationExpiredError;
}

async function connectionOptions(settings: FeedConnection): Promise<ConnectionOptions> {
  const { natsUrl, natsCredsFile, natsToken, natsTlsCaFile } = settings;
  const isEncrypted = natsTlsCaFile !== undefined || natsUrl.some((url) => url.startsWith('tls://'));
  return {
    servers: [...natsUrl],
    name: 'undertone-feed',
    reconnectTimeWait: reconnectDelayMs,
    noAsyncTraces: true,
    ...(natsCredsFile !== undefined && { authenticator: credsAuthenticator(await read(natsCredsFile)) }),
    ...(natsToken !== undefined && { token: natsToken }),
    ...(isEncrypted && { tls: natsTlsCaFile === undefined ? {} : { ca: String(await read(natsTlsCaFile)) } }),
  };
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Expected to read ${path}; ${(cause as Error).message}.`, {
      cause,
    });
  }
}

export interface EventStream {
  readonly name: string;
  readonly manager: JetStreamManager;
  /** Number of the last event that it holds; 0 where it holds none. */
  readonly lastSequence: number;
}

/** @throws UndertoneError `not_found` where no stream keeps events, `forbidden`, `connection_failed` where JetStream does not answer */
export async function findStream(
  connection: NatsConnection,
  { tenant = 'default', natsStream }: FeedConnection,
): Promise<EventStream> {
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const name = natsStream ?? (await manager.streams.find(eventSubjects(tenant)));
    const { state } = await manager.streams.info(name);
    return { name, manager, lastSequence: state.last_seq };
  } catch (cause) {
    if (isForbidden(cause)) throw forbidden(cause);
    const why = cause instanceof Error ? cause.message || cause.name : String(cause);
    const isAbsent = cause instanceof JetStreamApiError || /no stream matches/i.test(why);
    const expected =
      natsStream === undefined
        ? `a stream of JetStream that keeps ${eventSubjects(tenant)} (a server makes one: --nats-stream results)`
        : `the stream ${natsStream} in JetStream`;
    if (isAbsent)
      throw new UndertoneError('not_found', `Expected ${expected}; NATS says: ${why}.`, { cause });
    throw new UndertoneError('connection_failed', `Expected JetStream to answer; ${why}.`, { cause });
  }
}

/** NATS does not let this user do something, or not this. */
export function isForbidden(cause: unknown, operation?: 'publish' | 'subscription'): boolean {
  if (!(cause instanceof Error)) return false;
  return [cause, cause.cause].some(
    (each) =>
      each instanceof errors.PermissionViolationError &&
      (operation === undefined || each.operation === operation),
  );
}

export function forbidden(cause: unknown): UndertoneError {
  const [violation] = [cause, (cause as Error).cause].filter(
    (each) => each instanceof errors.PermissionViolationError,
  );
  const { operation, subject } = violation!;
  const expected = 'Expected NATS to let this user read from JetStream';
  return new UndertoneError('forbidden', `${expected}; it does not let it ${operation} ${subject}.`, {
    cause,
  });
}
