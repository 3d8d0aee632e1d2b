/** Hands the messages of one stream to its listeners and its iterator. */
import { UndertoneError } from '@undertone/core';
import type { ServerMessage } from '@undertone/proto';
import type { EmotionEvents } from './emotion-source.ts';
import { MessageQueue } from './message-queue.ts';
import { toUndertoneError } from './server-error.ts';

const defaultMaxQueuedMessages = 1024;

type Listeners = { readonly [Name in keyof EmotionEvents]: Set<(...values: EmotionEvents[Name]) => void> };

/** Messages that are events of their own. */
const messageEvents: Readonly<Partial<Record<ServerMessage['type'], keyof EmotionEvents>>> = {
  Begin: 'begin',
  SpeechStarted: 'speechStarted',
  SpeechEnded: 'speechEnded',
  Emotion: 'emotion',
  Trend: 'trend',
  Alert: 'alert',
  Gap: 'gap',
  Configured: 'configured',
  Warning: 'warning',
  Summary: 'summary',
};

export class MessageHub {
  readonly queue: MessageQueue;
  readonly #listeners: Listeners = {
    message: new Set(),
    begin: new Set(),
    speechStarted: new Set(),
    speechEnded: new Set(),
    emotion: new Set(),
    trend: new Set(),
    alert: new Set(),
    gap: new Set(),
    configured: new Set(),
    warning: new Set(),
    summary: new Set(),
    fallback: new Set(),
    reconnecting: new Set(),
    reconnected: new Set(),
    error: new Set(),
    close: new Set(),
  };
  #closed = false;

  /** @throws UndertoneError `bad_parameter` */
  constructor(maxQueuedMessages: number = defaultMaxQueuedMessages) {
    if (!(maxQueuedMessages >= 1)) {
      const expected = 'Expected maxQueuedMessages to be at least 1';
      throw new UndertoneError('bad_parameter', `${expected}; got ${maxQueuedMessages}.`);
    }
    this.queue = new MessageQueue(maxQueuedMessages);
  }

  /** @throws UndertoneError `bad_parameter` for an event that does not exist */
  on<Name extends keyof EmotionEvents>(
    name: Name,
    listener: (...values: EmotionEvents[Name]) => void,
  ): () => void {
    if (!Object.hasOwn(this.#listeners, name)) {
      const expected = `Expected an event out of ${Object.keys(this.#listeners).join(', ')}`;
      throw new UndertoneError('bad_parameter', `${expected}; got "${String(name)}".`);
    }
    const listeners: Listeners[Name] = this.#listeners[name];
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** A message of the server. A fatal `Error` is not reported as an error here: the stream does it as it ends. */
  dispatch(message: ServerMessage): void {
    if (this.#closed) return;
    this.queue.push(message);
    this.#emit('message', message);
    // That listener may have ended the stream.
    if (this.#closed) return;
    const name = messageEvents[message.type];
    if (name) this.#emit(name, message as never);
    else if (message.type === 'Error' && !message.fatal)
      this.#emit('error', toUndertoneError(message), false);
  }

  /** What is no message of the stream, but happens to it. */
  tell<Name extends 'reconnecting' | 'reconnected' | 'fallback'>(
    name: Name,
    ...values: EmotionEvents[Name]
  ): void {
    if (!this.#closed) this.#emit(name, ...values);
  }

  /** Nothing follows. */
  close(error: UndertoneError | null): void {
    if (this.#closed) return;
    this.#closed = true;
    this.queue.end(error);
    if (error) this.#emit('error', error, true);
    this.#emit('close');
  }

  #emit<Name extends keyof EmotionEvents>(name: Name, ...values: EmotionEvents[Name]): void {
    for (const listener of [...this.#listeners[name]]) {
      try {
        listener(...values);
      } catch (error) {
        // A listener's mistake must not end the stream, nor go unseen.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
