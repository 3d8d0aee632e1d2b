/**
 * The WebSocket of a stream in Node (`ws`): opening, back-pressure, and telling why it closed. Decides nothing about
 * the protocol.
 */
import type { IncomingMessage } from 'node:http';
import { UndertoneError } from '@undertone/core';
import { streamSubprotocol } from '@undertone/proto';
import { WebSocket } from 'ws';
import { parseErrorMessage, toUndertoneError } from '../client/server-error.ts';
import {
  closeTimeoutMs,
  hostOf,
  lostError,
  type OpenSocket,
  type Socket,
  type SocketHandlers,
  type SocketOptions,
  toSocketSettings,
} from './socket.ts';

const maxMessageBytes = 1_048_576;
const maxRefusalBytes = 65_536;

export const openSocket: OpenSocket = (url, token, options, handlers) =>
  new NodeSocket(url, token, options, handlers);

class NodeSocket implements Socket {
  readonly #url: string;
  readonly #socket: WebSocket;
  readonly #handlers: SocketHandlers;
  readonly #highWaterBytes: number;
  readonly #watch: ReturnType<typeof setTimeout>;
  /** Of what is to happen next: the first message, later the end. */
  #timeout: ReturnType<typeof setTimeout>;
  #lastHeardAtMs = performance.now();
  #wasOpen = false;
  #isClosed = false;
  #cause: unknown = null;
  /** Calls of `writable` that wait for the buffer to empty. */
  #waiters: (() => void)[] = [];

  /** @throws UndertoneError `bad_parameter` */
  constructor(url: string, token: string | null, options: SocketOptions, handlers: SocketHandlers) {
    this.#url = url;
    this.#handlers = handlers;
    const { connectTimeoutMs, deadAfterMs, highWaterBytes } = toSocketSettings(options);
    this.#highWaterBytes = highWaterBytes;
    const credentials = token === null ? {} : { Authorization: `Bearer ${token}` };
    this.#socket = open(url, { ...options.headers, ...credentials });
    this.#socket.on('open', () => handlers.onOpen());
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

  opened(): void {
    this.#wasOpen = true;
    clearTimeout(this.#timeout);
  }

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

  writable(): Promise<void> {
    if (this.#isClosed || this.#socket.bufferedAmount < this.#highWaterBytes) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

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
            `Expected ${hostOf(this.#url)} to open a stream; it answered ${found}.`,
          ),
    );
    this.#socket.terminate();
  }

  #closeError(code: number, reason: string): UndertoneError {
    const why = this.#cause instanceof Error ? describe(this.#cause) : `close code ${code} ${reason}`.trim();
    const options = this.#cause === null ? {} : { cause: this.#cause };
    if (this.#wasOpen) return lostError(this.#url, why, options);
    const advice = isRefused(this.#cause) ? ' Start the server, or check host and port.' : '';
    const message = `Expected ${hostOf(this.#url)} to open a stream; got ${why}.${advice}`;
    return new UndertoneError('connection_failed', message, options);
  }

  #close(error: UndertoneError): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#timeout);
    this.#wake();
    this.#handlers.onClose(error);
  }
}

function open(url: string, headers: Readonly<Record<string, string>>): WebSocket {
  try {
    return new WebSocket(url, [streamSubprotocol], {
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

/** Node's errors for several failed addresses have an empty message. */
/** Nothing listens there. */
function isRefused(cause: unknown): boolean {
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === 'ECONNREFUSED';
}

function describe(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
}
