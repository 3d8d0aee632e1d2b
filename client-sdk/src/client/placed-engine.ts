/** The engine of a stream: opened where the mode says, and in the mode `auto` on this device where no server can be reached. */
import type { UndertoneError } from '@undertone/core';
import type { ClientMessage, StreamQuery } from '@undertone/proto';
import { asUndertoneError } from './as-undertone-error.ts';
import type { EmotionEngine, EngineHandlers } from './emotion-engine.ts';
import type { MessageHub } from './message-hub.ts';
import { openLocalEngine, openServer } from './open-engine.ts';
import type { Mode, RecognizerOptions } from './recognizer-options.ts';

export class PlacedEngine implements EmotionEngine {
  readonly #mode: Mode;
  readonly #hub: MessageHub;
  readonly #handlers: EngineHandlers;
  #place: 'server' | 'local';
  #engine: EmotionEngine | null = null;
  #hasBegun = false;
  #isOver = false;

  /** @param hub is told of what happens to the connection, and of `fallback` */
  constructor(mode: Mode, hub: MessageHub, handlers: EngineHandlers) {
    this.#mode = mode;
    this.#hub = hub;
    this.#handlers = handlers;
    this.#place = mode === 'local' ? 'local' : 'server';
  }

  /** Where it runs or is about to. */
  get place(): 'server' | 'local' {
    return this.#place;
  }

  /** What is wrong with it is told by `onEnd`. */
  open(options: RecognizerOptions, query: StreamQuery): void {
    const handlers: EngineHandlers = {
      onMessage: (message) => {
        this.#hasBegun = true;
        this.#handlers.onMessage(message);
      },
      onEnd: (error) => this.#ended(error, options, query),
    };
    if (this.#place === 'server') this.#openServer(options, query, handlers);
    else void this.#openLocal(options, query, handlers);
  }

  async sendAudio(bytes: Uint8Array): Promise<void> {
    await this.#engine?.sendAudio(bytes);
  }

  async sendMessage(message: ClientMessage): Promise<void> {
    await this.#engine?.sendMessage(message);
  }

  terminate(): void {
    this.#isOver = true;
    this.#engine?.terminate();
  }

  #openServer(options: RecognizerOptions, query: StreamQuery, handlers: EngineHandlers): void {
    try {
      this.#engine = openServer(options, query, {
        ...handlers,
        onReconnecting: (error, attempt) => this.#hub.tell('reconnecting', error, attempt),
        onReconnected: (fromSample) => this.#hub.tell('reconnected', fromSample),
      });
    } catch (error) {
      handlers.onEnd(asUndertoneError(error));
    }
  }

  async #openLocal(options: RecognizerOptions, query: StreamQuery, handlers: EngineHandlers): Promise<void> {
    try {
      const engine = await openLocalEngine(options, query, handlers);
      this.#engine = engine;
      // It may have been aborted meanwhile.
      if (this.#isOver) engine.terminate();
    } catch (error) {
      handlers.onEnd(asUndertoneError(error));
    }
  }

  #ended(error: UndertoneError | null, options: RecognizerOptions, query: StreamQuery): void {
    if (!error || !this.#canFallBack(error)) {
      this.#handlers.onEnd(error);
      return;
    }
    this.#place = 'local';
    this.#engine = null;
    this.#hub.tell('fallback', error);
    // A listener may have ended it.
    if (!this.#isOver) this.open(options, query);
  }

  /** Only what was never heard by a server can be heard here instead, and only where that is what went wrong. */
  #canFallBack(error: UndertoneError): boolean {
    const isUnreached = this.#place === 'server' && !this.#hasBegun && error.spec.retryable;
    return this.#mode === 'auto' && isUnreached && !this.#isOver;
  }
}
