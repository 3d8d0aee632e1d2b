/**
 * Messages that wait for an iterator. It never grows without bound: a newer interim result takes the place of the
 * older one of its segment, and when too many others wait the reader gets the error `slow_client`. While there is no
 * reader at all, the oldest are dropped instead: whoever listens to events needs no iterator.
 */
import { UndertoneError } from '@undertone/core';
import type { ServerMessage } from '@undertone/proto';
import { Deferred } from './deferred.ts';

export class MessageQueue implements AsyncIterable<ServerMessage> {
  readonly #limit: number;
  #messages: ServerMessage[] = [];
  #waiting: Deferred<IteratorResult<ServerMessage>> | null = null;
  #hasReader = false;
  #ended = false;
  /** Thrown once to the reader, after the messages before it. */
  #error: UndertoneError | null = null;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get length(): number {
    return this.#messages.length;
  }

  push(message: ServerMessage): void {
    if (this.#ended) return;
    if (this.#waiting) {
      this.#waiting.resolve({ value: message, done: false });
      this.#waiting = null;
      return;
    }
    this.#dropReplaced(message);
    this.#messages.push(message);
    if (this.#messages.length <= this.#limit) return;
    if (this.#hasReader) {
      const expected = `Expected messages to be read before ${this.#limit} of them wait`;
      this.end(new UndertoneError('slow_client', `${expected}; the iterator was not read.`));
    } else this.#messages.shift();
  }

  /** What waits can still be read; then the reader gets the error, or the end. */
  end(error: UndertoneError | null = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    if (!this.#waiting) return;
    if (error) this.#waiting.reject(error);
    else this.#waiting.resolve({ value: undefined, done: true });
    this.#waiting = null;
    this.#error = null;
  }

  /** All readers share one queue: each message goes to one of them. */
  [Symbol.asyncIterator](): AsyncIterator<ServerMessage, undefined> {
    this.#hasReader = true;
    return {
      next: () => this.#next(),
      return: () => {
        this.#hasReader = false;
        this.#messages = [];
        // Else a reader that has left would take the next message.
        this.#waiting?.resolve({ value: undefined, done: true });
        this.#waiting = null;
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }

  #next(): Promise<IteratorResult<ServerMessage, undefined>> {
    const message = this.#messages.shift();
    if (message) return Promise.resolve({ value: message, done: false });
    if (this.#ended) {
      const error = this.#error;
      this.#error = null;
      return error ? Promise.reject(error) : Promise.resolve({ value: undefined, done: true });
    }
    if (this.#waiting) {
      return Promise.reject(
        new UndertoneError('bad_parameter', 'Expected one next() at a time; got a second.'),
      );
    }
    this.#waiting = new Deferred();
    return this.#waiting.promise as Promise<IteratorResult<ServerMessage, undefined>>;
  }

  #dropReplaced(message: ServerMessage): void {
    if (message.type !== 'Emotion') return;
    const { channel, segment } = message;
    this.#messages = this.#messages.filter(
      (old) => old.type !== 'Emotion' || old.is_final || old.channel !== channel || old.segment !== segment,
    );
  }
}
