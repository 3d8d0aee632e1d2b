/**
 * The life of a stream, wherever it is recognised: what is asked for is done in order, the stream ends once, and everyone
 * who waits is told how.
 */
import { UndertoneError } from '@undertone/core';
import type { Encoding } from '@undertone/proto';
import { asUndertoneError } from './as-undertone-error.ts';
import { toAudioBytes } from './audio-bytes.ts';
import { Deferred } from './deferred.ts';
import type { AudioChunk, Begin, EmotionSourceOptions, Summary } from './emotion-source.ts';
import { MessageHub } from './message-hub.ts';

/** Bytes that may wait in `write` calls which were not awaited. */
const maxPendingBytes = 16_777_216;

export class StreamLifecycle {
  readonly hub: MessageHub;
  /** Settled by whoever owns this; work begins when it is resolved. */
  readonly begin: Deferred<Begin> = new Deferred();
  readonly #end = new Deferred<Summary>();
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => {
    const options = { cause: this.#signal?.reason };
    this.fail(new UndertoneError('aborted', 'The stream was aborted.', options));
  };
  readonly #release: () => void;
  /** Everything asked for so far has been done, or has failed. */
  #last: Promise<unknown> = this.begin.promise.catch(() => {});
  #pendingBytes = 0;
  #failure: UndertoneError | null = null;
  #summary: Summary | null = null;
  /** `open` until the caller closes (`ending`) or it is all over (`closed`). */
  #state: 'open' | 'ending' | 'closed' = 'open';

  /**
   * @param release called once, when the stream is over, before anyone is told
   * @throws UndertoneError `bad_parameter`
   */
  constructor(options: EmotionSourceOptions, release: () => void) {
    this.hub = new MessageHub(options.maxQueuedMessages);
    this.#release = release;
    this.#signal = options.signal;
  }

  /** To be called when the owner is complete: an abort may end the stream from here on. */
  start(): void {
    if (this.#signal?.aborted) queueMicrotask(this.#onAbort);
    else this.#signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Settles when the stream is over. */
  get ended(): Promise<Summary> {
    return this.#end.promise;
  }

  get isOver(): boolean {
    return this.#state === 'closed';
  }

  /** Bytes of the encoding, handed to `send` when it is their turn. */
  write(audio: AudioChunk, encoding: Encoding, send: (bytes: Uint8Array) => Promise<void>): Promise<void> {
    if (this.#state !== 'open') return told(Promise.reject(this.overError()));
    let bytes: Uint8Array;
    try {
      bytes = toAudioBytes(audio, encoding);
      this.#expectRoom(bytes.length);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#pendingBytes += bytes.length;
    return told(
      this.#inOrder(() => send(bytes)).finally(() => {
        this.#pendingBytes -= bytes.length;
      }),
    );
  }

  /** Work that is refused once the caller has closed. */
  whileOpen(work: () => Promise<void> | void): Promise<void> {
    return this.#state === 'open' ? this.#inOrder(work) : told(Promise.reject(this.overError()));
  }

  #inOrder(work: () => Promise<void> | void): Promise<void> {
    const done = this.#last
      .then(() => {
        if (this.isOver) throw this.overError();
        return work();
      })
      .catch((error) => {
        // What work that was interrupted says is not why the stream is over.
        throw this.isOver ? this.overError() : error;
      });
    this.#last = done.catch(() => {});
    return done;
  }

  /** Resolves with the summary. `finish` is asked for by the first call only. */
  close(finish: () => Promise<void> | undefined): Promise<Summary> {
    if (this.#state === 'open') {
      this.#state = 'ending';
      this.#inOrder(async () => finish()).catch((error) => this.fail(asUndertoneError(error)));
    }
    return this.#end.promise;
  }

  succeed(summary: Summary): void {
    if (this.isOver) return;
    this.#summary = summary;
    this.#settle();
    this.#end.resolve(summary);
    this.hub.close(null);
  }

  fail(error: UndertoneError): void {
    if (this.isOver) return;
    this.#failure = error;
    this.#settle();
    this.#end.reject(error);
    this.hub.close(error);
  }

  /** Why nothing more is taken. */
  overError(): UndertoneError {
    if (this.#failure) return this.#failure;
    const reason = this.#summary?.reason ?? 'client_close';
    const found = reason === 'client_close' ? 'it was closed' : `the server ended it (${reason})`;
    return new UndertoneError('audio_after_close', `Expected the stream to be open; ${found}.`);
  }

  #settle(): void {
    this.#state = 'closed';
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.begin.reject(this.overError());
    this.#release();
  }

  #expectRoom(byteLength: number): void {
    if (this.#pendingBytes === 0 || this.#pendingBytes + byteLength <= maxPendingBytes) return;
    const expected = `Expected write to be awaited before more than ${maxPendingBytes} bytes wait`;
    throw new UndertoneError('overloaded', `${expected}; ${this.#pendingBytes} wait and ${byteLength} came.`);
  }
}

/** The `error` and `close` events say the same, so a program without a handler here is not brought down. */
function told<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
