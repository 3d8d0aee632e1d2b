/**
 * The WebSocket of a stream in Node (`ws`): opening, back-pressure, and telling why it closed. Decides nothing about
 * the protocol.
 */
import type { IncomingMessage } from 'node:http';
import { UndertoneError } from '@undertone/core';
import { WebSocket } from 'ws';
import { parseErrorMessage, toUndertoneError } from '../client/server-error.ts';

export interface SocketOptions {
  /** Sent with the upgrade request: `{ Authorization: 'Bearer KEY' }`, or what a proxy asks for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** From the first attempt to the first message of the server. Default 10000. */
  readonly connectTimeoutMs?: number;
  /** Bytes that may wait to be sent before `write` waits. Default 262144. */
  readonly highWaterBytes?: number;
  /** A connection on which nothing came, not even a ping, for so long is given up. Default 60000. */
  readonly deadAfterMs?: number;
}

export interface SocketHandlers {
  /** Messages can be sent. */
  readonly onOpen?: () => void;
  readonly onText: (text: string) => void;
  /** Called once. The error says why, in case the close was not expected. */
  readonly onClose: (error: UndertoneError) => void;
}

const subprotocol = 'undertone.v1';
const maxMessageBytes = 1_048_576;
const maxRefusalBytes = 65_536;
/** For the server to close after its last message. */
const closeTimeoutMs = 5000;

export class NodeSocket {
  readonly #url: string;
  readonly #socket: WebSocket;
  readonly #handlers: SocketHandlers;
  readonly #highWaterBytes: number;
  readonly #watch: NodeJS.Timeout;
  /** Of what is to happen next: the first message, later the end. */
  #timeout: NodeJS.Timeout;
  #lastHeardAtMs = performance.now();
  #wasOpen = false;
  #isClosed = false;
  #cause: unknown = null;
  /** Calls of `writable` that wait for the buffer to empty. */
  #waiters: (() => void)[] = [];

  /** @throws UndertoneError `bad_parameter` */
  constructor(url: string, options: SocketOptions, handlers: SocketHandlers) {
    this.#url = url;
    this.#handlers = handlers;
    this.#highWaterBytes = positive('highWaterBytes', options.highWaterBytes ?? 262_144);
    const deadAfterMs = positive('deadAfterMs', options.deadAfterMs ?? 60_000);
    const connectTimeoutMs = positive('connectTimeoutMs', options.connectTimeoutMs ?? 10_000);
    this.#socket = openSocket(url, options.headers);
    this.#socket.on('open', () => handlers.onOpen?.());
    this.#socket.on('message', (data, isBinary) => {
      this.#heard();
      if (!isBinary) handlers.onText((data as Buffer).toString('utf8'));
    });
    this.#socket.on('ping', () => this.#heard());
    this.#socket.on('pong', () => this.#heard());
    this.#socket.on('unexpected-response', (_, response) => void this.#refused(response));
    this.#socket.on('error', (error) => {
      this.#cause ??= error;
    });
    this.#socket.on('close', (code, reason) => this.#close(this.#closeError(code, reason.toString('utf8'))));
    this.#watch = setInterval(() => this.#checkAlive(deadAfterMs), deadAfterMs / 4).unref();
    this.#timeout = setTimeout(
      () => this.#giveUp(`no Begin within ${connectTimeoutMs} ms`),
      connectTimeoutMs,
    ).unref();
  }

  /** The first message of the server has come. */
  opened(): void {
    this.#wasOpen = true;
    clearTimeout(this.#timeout);
  }

  /** The last message of the server has come: it is to close now. */
  ending(): void {
    clearTimeout(this.#timeout);
    this.#timeout = setTimeout(() => this.terminate(), closeTimeoutMs).unref();
  }

  sendBinary(bytes: Uint8Array): void {
    this.#send(bytes);
  }

  sendText(text: string): void {
    this.#send(text);
  }

  /** Resolves when less than half of the high-water mark waits, at once while it is not reached, or when closed. */
  writable(): Promise<void> {
    if (this.#isClosed || this.#socket.bufferedAmount < this.#highWaterBytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Closes without a closing handshake. Idempotent. */
  terminate(): void {
    this.#socket.terminate();
  }

  #send(data: Uint8Array | string): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(data, () => {
      if (this.#socket.bufferedAmount < this.#highWaterBytes / 2) this.#wake();
    });
  }

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  #heard(): void {
    this.#lastHeardAtMs = performance.now();
  }

  #checkAlive(deadAfterMs: number): void {
    if (performance.now() - this.#lastHeardAtMs > deadAfterMs) {
      this.#giveUp(`nothing heard for ${deadAfterMs} ms`);
    } else if (this.#socket.readyState === WebSocket.OPEN) this.#socket.ping();
  }

  #giveUp(reason: string): void {
    this.#cause ??= new Error(reason);
    this.#socket.terminate();
  }

  /** The server answered the upgrade request with an ordinary response. */
  async #refused(response: IncomingMessage): Promise<void> {
    let body = '';
    try {
      response.setEncoding('utf8');
      for await (const part of response) {
        body += part;
        if (body.length > maxRefusalBytes) break;
      }
    } catch {
      // What came is enough to tell.
    }
    const refusal = parseErrorMessage(body);
    const found = `HTTP ${response.statusCode} ${response.statusMessage ?? ''}`.trim();
    this.#close(
      refusal
        ? toUndertoneError(refusal)
        : new UndertoneError(
            'connection_failed',
            `Expected ${this.#address} to open a stream; it answered ${found}.`,
          ),
    );
    this.#socket.terminate();
  }

  #closeError(code: number, reason: string): UndertoneError {
    const why = this.#cause instanceof Error ? describe(this.#cause) : `close code ${code} ${reason}`.trim();
    const options = this.#cause === null ? {} : { cause: this.#cause };
    return this.#wasOpen
      ? new UndertoneError(
          'connection_lost',
          `Expected a summary before the connection to ${this.#address} ends; it ended with ${why}.`,
          options,
        )
      : new UndertoneError(
          'connection_failed',
          `Expected ${this.#address} to open a stream; got ${why}.`,
          options,
        );
  }

  #close(error: UndertoneError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#timeout);
    this.#wake();
    this.#handlers.onClose(error);
  }

  get #address(): string {
    return new URL(this.#url).host;
  }
}

function openSocket(url: string, headers: SocketOptions['headers']): WebSocket {
  try {
    return new WebSocket(url, [subprotocol], {
      perMessageDeflate: false,
      maxPayload: maxMessageBytes,
      headers: { ...headers },
    });
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    const expected = 'Expected a URL and headers that a WebSocket takes';
    throw new UndertoneError('bad_parameter', `${expected}; got: ${found}`, { cause });
  }
}

function positive(name: keyof SocketOptions, value: number): number {
  // Node's timers take no more.
  if (value >= 1 && value < 2 ** 31) return value;
  throw new UndertoneError('bad_parameter', `Expected ${name} to be from 1 to 2147483647; got ${value}.`);
}

/** Node's errors for several failed addresses have an empty message. */
function describe(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
}
