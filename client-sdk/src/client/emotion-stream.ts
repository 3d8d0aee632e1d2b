/**
 * A stream to an Undertone server over WebSocket. Everything written is sent in order; `write` waits while the
 * connection is slower than the caller.
 */
import { UndertoneError } from '@undertone/core';
import { buildStreamQuery, type ClientMessage, type ServerMessage } from '@undertone/proto';
import { NodeSocket, type SocketOptions } from '../transport/node-socket.ts';
import { toAudioBytes } from './audio-bytes.ts';
import { Deferred } from './deferred.ts';
import type {
  AudioChunk,
  Begin,
  EmotionEvents,
  EmotionSource,
  EmotionSourceOptions,
  Summary,
} from './emotion-source.ts';
import { MessageHub } from './message-hub.ts';
import { parseServerMessage } from './parse-server-message.ts';
import { toUndertoneError } from './server-error.ts';
import { toStreamQuery } from './stream-query.ts';
import { toStreamUrl } from './stream-url.ts';

export interface EmotionStreamOptions extends EmotionSourceOptions, SocketOptions {
  /** Of the server: `ws://host:port`, `wss://`, `http://` or `https://`; the path `/v1/stream` is added to none. */
  readonly url: string;
  /** `name` or `name@version`. Default: the server's. */
  readonly model?: string;
}

const sliceBytes = 65_536;
/** Bytes that may wait in `write` calls which were not awaited. */
const maxPendingBytes = 16_777_216;

export class EmotionStream implements EmotionSource {
  readonly #options: EmotionStreamOptions;
  readonly #hub: MessageHub;
  readonly #socket: NodeSocket;
  readonly #begin = new Deferred<Begin>();
  readonly #end = new Deferred<Summary>();
  readonly #onAbort = (): void => this.#fail(new UndertoneError('aborted', 'The stream was aborted.'));
  /** Everything asked for so far has been sent. */
  #sent: Promise<void>;
  #pendingBytes = 0;
  #summary: Summary | null = null;
  /** Set by the first thing that goes wrong. */
  #failure: UndertoneError | null = null;
  /** `open` until the caller closes (`ending`) or it is all over (`closed`). */
  #state: 'open' | 'ending' | 'closed' = 'open';

  /**
   * Connects at once.
   * @throws UndertoneError `bad_parameter` when the URL is none
   */
  constructor(options: EmotionStreamOptions) {
    this.#options = options;
    this.#hub = new MessageHub(options.maxQueuedMessages);
    const model = options.model === undefined ? {} : { model: options.model };
    const url = toStreamUrl(options.url, buildStreamQuery({ ...toStreamQuery(options), ...model }));
    this.#sent = this.opened.then(() => {});
    this.#sent.catch(() => {});
    this.#socket = new NodeSocket(url, options, {
      onText: (text) => this.#receive(text),
      onClose: (error) => this.#closed(error),
    });
    if (options.signal?.aborted) queueMicrotask(this.#onAbort);
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get opened(): Promise<Begin> {
    return this.#begin.promise;
  }

  async write(audio: AudioChunk): Promise<void> {
    this.#expectOpen();
    const bytes = toAudioBytes(audio, this.#options.encoding ?? 'linear16');
    if (this.#pendingBytes + bytes.length > Math.max(maxPendingBytes, bytes.length)) {
      const expected = `Expected write to be awaited before more than ${maxPendingBytes} bytes wait`;
      throw new UndertoneError('overloaded', `${expected}; ${this.#pendingBytes} wait.`);
    }
    this.#pendingBytes += bytes.length;
    try {
      await this.#inOrder(() => this.#sendAudio(bytes));
    } finally {
      this.#pendingBytes -= bytes.length;
    }
  }

  keepAlive(): void {
    if (this.#state === 'open') this.#inOrder(() => this.#sendMessage('KeepAlive')).catch(() => {});
  }

  async finalize(): Promise<void> {
    this.#expectOpen();
    await this.#inOrder(() => this.#sendMessage('Finalize'));
  }

  close(): Promise<Summary> {
    if (this.#state === 'open') {
      this.#state = 'ending';
      this.#inOrder(() => this.#sendMessage('CloseStream')).catch(() => {});
    }
    return this.#end.promise;
  }

  on<Name extends keyof EmotionEvents>(
    name: Name,
    listener: (...values: EmotionEvents[Name]) => void,
  ): () => void {
    return this.#hub.on(name, listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<ServerMessage, undefined> {
    return this.#hub.queue[Symbol.asyncIterator]();
  }

  #inOrder(send: () => Promise<void> | void): Promise<void> {
    const done = this.#sent.then(() => {
      if (this.#state === 'closed') throw this.#overError();
      return send();
    });
    this.#sent = done;
    done.catch(() => {});
    return done;
  }

  async #sendAudio(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      this.#socket.sendBinary(bytes.subarray(start, start + sliceBytes));
      await this.#socket.writable();
      if (this.#state === 'closed') throw this.#overError();
    }
  }

  #sendMessage(type: ClientMessage['type']): void {
    this.#socket.sendText(JSON.stringify({ type }));
  }

  #receive(text: string): void {
    if (this.#state === 'closed') return;
    const message = parseServerMessage(text);
    if (!message) {
      const shown = text.slice(0, 80);
      this.#fail(new UndertoneError('bad_message', `Expected a message of undertone.v1; got ${shown}`));
      return;
    }
    if (message.type === 'Error' && message.fatal) this.#failure ??= toUndertoneError(message);
    if (message.type === 'Summary') this.#summary = message;
    if (message.type === 'Begin') this.#begin.resolve(message);
    this.#hub.dispatch(message);
  }

  /** The socket is closed. */
  #closed(error: UndertoneError): void {
    if (this.#failure) this.#fail(this.#failure);
    else if (this.#summary) this.#settle(null);
    else this.#fail(error);
  }

  #fail(error: UndertoneError): void {
    if (this.#state === 'closed') return;
    this.#failure = error;
    this.#settle(error);
    this.#socket.terminate();
  }

  #settle(error: UndertoneError | null): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#begin.reject(error ?? this.#overError());
    if (this.#summary && !error) this.#end.resolve(this.#summary);
    else this.#end.reject(error);
    this.#hub.close(error);
  }

  #expectOpen(): void {
    if (this.#state !== 'open') throw this.#overError();
  }

  #overError(): UndertoneError {
    if (this.#failure) return this.#failure;
    const found = this.#summary ? `the server ended it (${this.#summary.reason})` : 'it was closed';
    return new UndertoneError('audio_after_close', `Expected the stream to be open; ${found}.`);
  }
}
