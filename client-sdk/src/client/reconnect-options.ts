/** How a lost connection is restored. */
import { UndertoneError } from '@undertone/core';
import type { Encoding } from '@undertone/proto';
import type { BackoffOptions } from '../transport/backoff.ts';

export interface ReconnectOptions {
  /** Other servers of the same fleet, tried in turn; they share the key of checkpoints. */
  readonly urls?: readonly string[];
  /** A loss that lasts longer ends the stream. Default 60000. */
  readonly giveUpAfterMs?: number;
  /** Before the first attempt at most; the time is drawn at random. Default 250. */
  readonly firstDelayMs?: number;
  /** Before any attempt at most. Default 5000. */
  readonly maxDelayMs?: number;
  /**
   * Audio that is kept to be sent again, at most. `write` waits up to 2 s for a checkpoint that covers some of it; after that
   * the oldest is let go of, and a loss before the next checkpoint ends the stream. Default 30000.
   */
  readonly maxKeptMs?: number;
}

export interface ReconnectSettings extends BackoffOptions {
  readonly giveUpAfterMs: number;
  readonly maxKeptBytes: number;
}

const bytesPerSample: Readonly<Record<Encoding, number>> = { linear16: 2, float32: 4, mulaw: 1, alaw: 1 };

/** Bytes of one sample of every channel. */
export function frameBytes(encoding: Encoding, channels: number): number {
  return (bytesPerSample[encoding] ?? 2) * channels;
}

/** @throws UndertoneError `bad_parameter` */
export function toReconnectSettings(
  options: ReconnectOptions | boolean,
  bytesPerSecond: number,
): ReconnectSettings | null {
  if (options === false) return null;
  const given = options === true ? {} : options;
  return {
    giveUpAfterMs: positive('giveUpAfterMs', given.giveUpAfterMs ?? 60_000),
    firstDelayMs: positive('firstDelayMs', given.firstDelayMs ?? 250),
    maxDelayMs: positive('maxDelayMs', given.maxDelayMs ?? 5000),
    maxKeptBytes: Math.ceil((positive('maxKeptMs', given.maxKeptMs ?? 30_000) / 1000) * bytesPerSecond),
  };
}

function positive(name: keyof ReconnectOptions, value: number): number {
  if (value >= 1 && value < 2 ** 31) return value;
  throw new UndertoneError(
    'bad_parameter',
    `Expected reconnect.${name} to be from 1 to 2147483647; got ${value}.`,
  );
}
