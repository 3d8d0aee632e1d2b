/** The WebSocket of a stream, as the client drives it; `#socket` opens that of the platform. */
import { UndertoneError } from '@undertone/core';

export interface SocketOptions {
  /**
   * Sent with the upgrade request, in Node only, such as what a proxy asks for. Browsers send none: there it is refused
   * with `bad_parameter`.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** From the first attempt to the first message of the server. Default 10000. */
  readonly connectTimeoutMs?: number;
  /** Bytes that are given to the socket ahead of the network; more waits in the stream. Default 262144. */
  readonly highWaterBytes?: number;
  /**
   * A connection that shows no sign of life for so long is given up: in Node one on which nothing came, not even a ping; in
   * browsers, which hide pings, one on which nothing came although something waits to be sent. Default 60000.
   */
  readonly deadAfterMs?: number;
}

export interface SocketHandlers {
  /** Messages can be sent. */
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** Called once. The error says why, in case the close was not expected. */
  readonly onClose: (error: UndertoneError) => void;
}

export interface Socket {
  /** The first message of the server has come. */
  opened(): void;
  /** The last message of the server has come: it is to close now. */
  ending(): void;
  sendBinary(bytes: Uint8Array): void;
  sendText(text: string): void;
  /** Resolves when less than half of the high-water mark waits, at once while it is not reached, or when closed. */
  writable(): Promise<void>;
  /** Closes without a closing handshake. Idempotent. */
  terminate(): void;
}

/**
 * @param token shown to the server as credentials
 * @throws UndertoneError `bad_parameter`
 */
export type OpenSocket = (
  url: string,
  token: string | null,
  options: SocketOptions,
  handlers: SocketHandlers,
) => Socket;

/** For the server to close after its last message. */
export const closeTimeoutMs = 5000;

export interface SocketSettings {
  readonly connectTimeoutMs: number;
  readonly highWaterBytes: number;
  readonly deadAfterMs: number;
}

/** @throws UndertoneError `bad_parameter` */
export function toSocketSettings(options: SocketOptions): SocketSettings {
  return {
    connectTimeoutMs: positive('connectTimeoutMs', options.connectTimeoutMs ?? 10_000),
    highWaterBytes: positive('highWaterBytes', options.highWaterBytes ?? 262_144),
    deadAfterMs: positive('deadAfterMs', options.deadAfterMs ?? 60_000),
  };
}

function positive(name: keyof SocketOptions, value: number): number {
  // Timers take no more.
  if (value >= 1 && value < 2 ** 31) return value;
  throw new UndertoneError('bad_parameter', `Expected ${name} to be from 1 to 2147483647; got ${value}.`);
}

/** Why a connection that was open is no use any more. */
export function lostError(url: string, why: string, options: ErrorOptions = {}): UndertoneError {
  const message = `Expected a summary before the connection to ${hostOf(url)} ends; it ended with ${why}.`;
  return new UndertoneError('connection_lost', message, options);
}

export function hostOf(url: string): string {
  return new URL(url).host;
}
