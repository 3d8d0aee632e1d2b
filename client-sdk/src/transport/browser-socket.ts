/**
 * The WebSocket of a stream in browsers. They tell nothing about a refused connection, so servers are asked to refuse by a
 * message; they hide pings and give no sign when there is room to send more, which is made of timers.
 */
import { UndertoneError } from '@undertone/core';
import { refusalSubprotocol, streamSubprotocol } from '@undertone/proto';
import { parseErrorMessage, toUndertoneError } from '../client/server-error.ts';
import {
  closeTimeoutMs,
  hostOf,
  lostError,
  type OpenSocket,
  type Socket,
  type SocketHandlers,
  type SocketOptions,
  type SocketSettings,
  toSocketSettings,
} from './socket.ts';

/** How often is looked at what waits to be sent, while somebody waits for it. */
const pollMs = 20;

export const openSocket: OpenSocket = (url, token, options, handlers) =>
  new BrowserSocket(url, token, options, handlers);

class BrowserSocket implements Socket {
  readonly #url: string;
  readonly #handlers: SocketHandlers;
  readonly #settings: SocketSettings;
  readonly #socket: WebSocket;
  readonly #watch: ReturnType<typeof setInterval>;
  /** Of what is to happen next: the first message, later the end. */
  #timeout: ReturnType<typeof setTimeout>;
  #poll: ReturnType<typeof setInterval> | undefined;
  #lastAliveAtMs = performance.now();
  #wasOpen = false;
  #isClosed = false;
  #cause = '';
  /** What the server said instead of opening a stream. */
  #refusal: UndertoneError | null = null;
  /** Calls of `writable` that wait for the buffer to empty. */
  #waiters: (() => void)[] = [];

  /** @throws UndertoneError `bad_parameter` */
  constructor(url: string, token: string | null, options: SocketOptions, handlers: SocketHandlers) {
    this.#url = url;
    this.#handlers = handlers;
    this.#settings = toSocketSettings(options);
    if (options.headers && Object.keys(options.headers).length > 0) {
      const expected = 'Expected no headers, which a browser cannot send with a WebSocket (use token)';
      const found = Object.keys(options.headers).join(', ');
      throw new UndertoneError('bad_parameter', `${expected}; got ${found}.`);
    }
    this.#socket = open(url, token);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onopen = () => {
      if (!this.#isRefused) handlers.onOpen();
    };
    this.#socket.onmessage = ({ data }) => {
      this.#alive();
      if (typeof data !== 'string') return;
      if (this.#isRefused) this.#refused(data);
      else handlers.onText(data);
    };
    this.#socket.onclose = ({ code, reason }) => this.#close(`close code ${code} ${reason}`.trim());
    const { connectTimeoutMs, deadAfterMs } = this.#settings;
    this.#watch = setInterval(() => this.#checkAlive(), deadAfterMs / 4);
    this.#timeout = setTimeout(
      () => this.#giveUp(`no Begin within ${connectTimeoutMs} ms`),
      connectTimeoutMs,
    );
  }

  opened(): void {
    this.#wasOpen = true;
    clearTimeout(this.#timeout);
  }

  ending(): void {
    clearTimeout(this.#timeout);
    this.#timeout = setTimeout(() => this.terminate(), closeTimeoutMs);
  }

  sendBinary(bytes: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(bytes as Uint8Array<ArrayBuffer>);
  }

  sendText(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(text);
  }

  writable(): Promise<void> {
    if (this.#isClosed || this.#socket.bufferedAmount < this.#settings.highWaterBytes)
      return Promise.resolve();
    this.#poll ??= setInterval(() => {
      if (this.#socket.bufferedAmount < this.#settings.highWaterBytes / 2) this.#wake();
    }, pollMs);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** A page cannot cut a connection: it says goodbye, and hears no more of it. */
  terminate(): void {
    this.#socket.close();
    this.#close('an end by this page');
  }

  /** The server opened it only to say why it opens no stream. */
  get #isRefused(): boolean {
    return this.#socket.protocol === refusalSubprotocol;
  }

  #refused(text: string): void {
    const refusal = parseErrorMessage(text);
    if (!refusal) return;
    this.#refusal = toUndertoneError(refusal);
    this.terminate();
  }

  #wake(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  #alive(): void {
    this.#lastAliveAtMs = performance.now();
  }

  #checkAlive(): void {
    const { deadAfterMs } = this.#settings;
    if (this.#socket.bufferedAmount === 0) this.#alive();
    else if (performance.now() - this.#lastAliveAtMs > deadAfterMs) {
      this.#giveUp(`nothing heard for ${deadAfterMs} ms while audio waits to be sent`);
    }
  }

  #giveUp(reason: string): void {
    this.#cause = reason;
    this.#socket.close();
    // Its own close comes minutes later where nobody answers.
    this.#close(reason);
  }

  #close(how: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#watch);
    clearTimeout(this.#timeout);
    this.#wake();
    this.#socket.onmessage = null;
    const why = this.#cause || how;
    const error = this.#wasOpen ? lostError(this.#url, why) : failedError(this.#url, why);
    this.#handlers.onClose(this.#refusal ?? error);
  }
}

function open(url: string, token: string | null): WebSocket {
  try {
    // How credentials travel where headers cannot: docs/security.md.
    const protocols = [streamSubprotocol, refusalSubprotocol];
    return new WebSocket(url, token === null ? protocols : [...protocols, 'bearer', token]);
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    const expected = 'Expected a URL and a token that a WebSocket of this page takes';
    throw new UndertoneError('bad_parameter', `${expected}; got: ${found}`, { cause });
  }
}

/** Why is not known, since nothing answered or an answer that pages do not get to see: all that it could be is named. */
function failedError(url: string, why: string): UndertoneError {
  const expected = `Expected ${hostOf(url)} to open a stream; got ${why}, and browsers say no more`;
  const page = typeof location === 'undefined' ? 'this page' : location.origin;
  const checks = [
    'that the server runs and can be reached from here',
    'that it lets the token in, which may have expired',
    `that it lets pages of ${page} in (allowOrigin)`,
    "that connect-src of this page's Content-Security-Policy names it",
  ];
  return new UndertoneError('connection_failed', `${expected}. Check ${checks.join('; ')}.`);
}
