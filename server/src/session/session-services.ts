/** What sessions share, and what carries one of them. */
import type { AlertRule } from '@undertone/core';
import type { ServerMessage } from '@undertone/proto';
import type { ServerConfig } from '../config/fields.ts';
import type { Logger } from '../observability/logger.ts';
import type { ServerMetrics } from '../observability/metrics.ts';
import type { Sinks } from '../sink/sinks.ts';
import type { FlavourName } from '../telephony/media-streams/flavour.ts';

/** The doors; the value of the metrics' label `transport`. */
export type TransportName = 'websocket' | 'grpc' | 'http' | 'archive' | 'audiohook' | FlavourName;

/** What a session needs of whatever carries it. */
export interface SessionTransport {
  readonly name: TransportName;
  /** Bytes sent that the client has not read yet. */
  readonly bufferedBytes: number;
  /** The door encodes: text or binary. */
  send(message: ServerMessage): void;
  /** Stops and starts reading from the client. */
  pause(): void;
  resume(): void;
  /** Ends the connection after what was sent. */
  close(code: number, reason: string): void;
}

export interface SessionServices {
  readonly config: ServerConfig;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
  readonly sinks: Sinks;
  /** Of streams that have alerts; absent where none may. */
  readonly alertRules?: readonly AlertRule[] | undefined;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}
