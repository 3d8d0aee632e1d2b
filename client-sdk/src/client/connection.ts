/**
 * The connection of a stream: one socket at a time, opened with a fresh token, and opened again after a loss, at growing
 * intervals or as soon as the network is back. Knows nothing of the messages.
 */

import type { UndertoneError } from '@undertone/core';
import { openSocket } from '#socket';
import { backoffMs } from '../transport/backoff.ts';
import { NetworkWatch } from '../transport/network-watch.ts';
import { lostError, type Socket, type SocketOptions } from '../transport/socket.ts';
import { asUndertoneError } from './as-undertone-error.ts';
import type { ReconnectSettings } from './reconnect-options.ts';
import { readToken, type TokenSource } from './token-source.ts';

export interface ConnectionOptions extends SocketOptions {
  /** With the parameters of the stream; more than one for a fleet, tried in turn. */
  readonly urls: readonly string[];
  readonly token?: TokenSource;
  /** Null: a lost connection is not opened again. */
  readonly reconnect: ReconnectSettings | null;
}

export interface ConnectionHandlers {
  /** Messages can be sent. */
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** @returns whether the stream could go on on another connection */
  readonly onLost: (error: UndertoneError) => boolean;
  /** It is tried again, for the given time from 1. */
  readonly onRetry: (error: UndertoneError, attempt: number) => void;
  /** Called once: it is not tried again. */
  readonly onEnd: (error: UndertoneError) => void;
}

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #handlers: ConnectionHandlers;
  readonly #watch: NetworkWatch;
  #socket: Socket | null = null;
  /** Of attempts and sockets: what an older one still says is not heard. */
  #generation = 0;
  #attempts = 0;
  #lostAtMs: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** An attempt is due when the network is back. */
  #isWaiting = false;
  #isFrozen = false;
  #isClosed = false;

  constructor(options: ConnectionOptions, handlers: ConnectionHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#watch = new NetworkWatch({
      onOnline: () => this.#retryNow(),
      onFrozen: () => {
        this.#isFrozen = true;
        this.giveUp('the page being frozen');
      },
      onWoken: () => {
        this.#isFrozen = false;
        // The time asleep is nobody's fault.
        if (this.#lostAtMs !== null) this.#lostAtMs = Date.now();
        this.giveUp('a sleep of this page or machine');
        this.#retryNow();
      },
    });
  }

  get socket(): Socket | null {
    return this.#socket;
  }

  /** Where the next attempt goes. */
  get #url(): string {
    const { urls } = this.#options;
    return urls[this.#attempts % urls.length]!;
  }

  /** @param suffix parameters to add to the address */
  open(suffix: string): void {
    const generation = ++this.#generation;
    const isCurrent = (): boolean => generation === this.#generation && !this.#isClosed;
    const url = this.#url;
    this.#connect(url, suffix, isCurrent).catch((error: unknown) => {
      if (isCurrent()) this.#lost(asUndertoneError(error));
    });
  }

  /** The server has said that the stream goes on. */
  confirmed(): void {
    this.#socket?.opened();
    this.#attempts = 0;
    this.#lostAtMs = null;
  }

  /** Without a goodbye. Idempotent. */
  terminate(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#watch.close();
    this.#socket?.terminate();
  }

  async #connect(url: string, suffix: string, isCurrent: () => boolean): Promise<void> {
    const token = await readToken(this.#options.token, this.#options.connectTimeoutMs);
    if (!isCurrent()) return;
    this.#socket = openSocket(url + suffix, token, this.#options, {
      onOpen: () => {
        if (isCurrent()) this.#handlers.onOpen();
      },
      onText: (text) => {
        // What a server said because nobody answered it is no news.
        this.#watch.checkSleep();
        if (isCurrent()) this.#handlers.onText(text);
      },
      onClose: (error) => {
        if (isCurrent()) this.#lost(error);
      },
    });
  }

  /** Leaves a socket that is known to be of no use, if another can take its place. */
  giveUp(why: string): void {
    const socket = this.#socket;
    if (this.#isClosed || !socket || this.#options.reconnect === null) return;
    this.#generation++;
    socket.terminate();
    this.#lost(lostError(this.#url, why));
  }

  #lost(cause: UndertoneError): void {
    this.#socket = null;
    const delayMs = this.#delayBeforeRetry(cause);
    if (delayMs === null) {
      this.#end(cause);
      return;
    }
    this.#attempts++;
    this.#handlers.onRetry(cause, this.#attempts);
    // A listener may have ended it.
    if (this.#isClosed) return;
    this.#isWaiting = true;
    const isHopeless = this.#isFrozen || (this.#watch.isOffline && !isThisMachine(this.#url));
    if (isHopeless) this.#timer = setTimeout(() => this.#endIfWaiting(cause), this.#leftMs);
    else this.#timer = setTimeout(() => this.#retryNow(), delayMs);
  }

  /** @returns null where it is not worth trying */
  #delayBeforeRetry(cause: UndertoneError): number | null {
    const { reconnect } = this.#options;
    if (reconnect === null || !this.#handlers.onLost(cause)) return null;
    this.#lostAtMs ??= Date.now();
    // One of several servers speaks for itself alone: the next attempt goes to another.
    const askedMs = this.#options.urls.length === 1 ? (cause.retryAfterMs ?? 0) : 0;
    const delayMs = askedMs + backoffMs(this.#attempts, reconnect, Math.random());
    return delayMs <= this.#leftMs || this.#isFrozen ? delayMs : null;
  }

  get #leftMs(): number {
    const lostAtMs = this.#lostAtMs ?? Date.now();
    return Math.max(0, (this.#options.reconnect?.giveUpAfterMs ?? 0) - (Date.now() - lostAtMs));
  }

  #retryNow(): void {
    if (!this.#isWaiting || this.#isClosed) return;
    this.#isWaiting = false;
    clearTimeout(this.#timer);
    this.open('&resume=true');
  }

  #endIfWaiting(cause: UndertoneError): void {
    // A frozen page gets its time when it goes on.
    if (this.#isWaiting && !this.#isFrozen) this.#end(cause);
  }

  #end(error: UndertoneError): void {
    if (this.#isClosed) return;
    this.terminate();
    this.#handlers.onEnd(error);
  }
}

/** Reachable without a network. */
function isThisMachine(url: string): boolean {
  return /^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(new URL(url).hostname);
}
