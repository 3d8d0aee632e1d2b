/** What sessions share, and what carries one of them. */
import type { BatchScheduler } from '@undertone/core';
import type { ServerConfig } from '../config/fields.ts';
import type { Logger } from '../observability/logger.ts';
import type { ServerMetrics } from '../observability/metrics.ts';

/** What a session needs of whatever carries it. */
export interface SessionTransport {
  readonly name: string;
  /** Bytes sent that the client has not read yet. */
  readonly bufferedBytes: number;
  send(text: string): void;
  /** Stops and starts reading from the client. */
  pause(): void;
  resume(): void;
  /** Ends the connection after what was sent. */
  close(code: number, reason: string): void;
}

export interface SessionServices {
  readonly scheduler: BatchScheduler;
  readonly config: ServerConfig;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}
