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
   * Audio that is kept: what no checkpoint covers yet, and what waits for a connection that is lost or slow. When it is full,
   * `write` waits; a microphone then loses what its own queue does not hold, and a `Gap` tells of it. Default 60000.
   */
  readonly maxKeptMs?: number;
}

export interface ReconnectSettings extends BackoffOptions {
  readonly giveUpAfterMs: number;
}

/** As long as a loss may last. */
const defaultMaxKeptMs = 60_000;

const bytesPerSample: Readonly<Record<Encoding, number>> = { linear16: 2, float32: 4, mulaw: 1, alaw: 1 };

/** Bytes of one sample of every channel. */
export function frameBytes(encoding: Encoding, channels: number): number {
  return (bytesPerSample[encoding] ?? 2) * channels;
}

/**
 * @returns null where a lost connection ends the stream
 * @throws UndertoneError `bad_parameter`
 */
export function toReconnectSettings(options: ReconnectOptions | boolean): ReconnectSettings | null {
  if (options === false) return null;
  const given = options === true ? {} : options;
  return {
    giveUpAfterMs: positive('giveUpAfterMs', given.giveUpAfterMs ?? 60_000),
    firstDelayMs: positive('firstDelayMs', given.firstDelayMs ?? 250),
    maxDelayMs: positive('maxDelayMs', given.maxDelayMs ?? 5000),
  };
}

/**
 * Audio that is held, whether a lost connection is restored or not: a slow one makes it wait as well.
 * @throws UndertoneError `bad_parameter`
 */
export function maxKeptBytesOf(options: ReconnectOptions | boolean, bytesPerSecond: number): number {
  const given = typeof options === 'object' ? options.maxKeptMs : undefined;
  return Math.ceil((positive('maxKeptMs', given ?? defaultMaxKeptMs) / 1000) * bytesPerSecond);
}

function positive(name: keyof ReconnectOptions, value: number): number {
  if (value >= 1 && value < 2 ** 31) return value;
  throw new UndertoneError(
    'bad_parameter',
    `Expected reconnect.${name} to be from 1 to 2147483647; got ${value}.`,
  );
}
