/**
 * A stream to an Undertone server over WebSocket. Everything written is sent in order; `write` waits while the
 * connection is slower than the caller.
 */
import { UndertoneError } from '@undertone/core';
import { buildStreamQuery, type ClientMessage, type Encoding, type ServerMessage } from '@undertone/proto';
import { NodeSocket, type SocketOptions } from '../transport/node-socket.ts';
import type {
  AudioChunk,
  Begin,
  EmotionEvents,
  EmotionSource,
  EmotionSourceOptions,
  Summary,
} from './emotion-source.ts';
import { parseServerMessage } from './parse-server-message.ts';
import { toUndertoneError } from './server-error.ts';
import { StreamLifecycle } from './stream-lifecycle.ts';
import { toStreamQuery } from './stream-query.ts';
import { toStreamUrl } from './stream-url.ts';

export interface EmotionStreamOptions extends EmotionSourceOptions, SocketOptions {
  /** Of the server: `ws://host:port`, `wss://`, `http://` or `https://`; the path `/v1/stream` is added to none. */
  readonly url: string;
  /** `name` or `name@version`. Default: the server's. */
  readonly model?: string;
}

const sliceBytes = 65_536;

export class EmotionStream implements EmotionSource {
  readonly #encoding: Encoding;
  readonly #life: StreamLifecycle;
  readonly #socket: NodeSocket;
  #summary: Summary | null = null;
  /** The fatal error that the server sent; its last results still follow. */
  #fatal: UndertoneError | null = null;

  /**
   * Connects at once.
   * @throws UndertoneError `bad_parameter` for a URL or an option of the connection that cannot be used; what is
   * said about the audio is checked by the server, and `opened` rejects
   */
  constructor(options: EmotionStreamOptions) {
    const model = options.model === undefined ? {} : { model: options.model };
    const url = toStreamUrl(options.url, buildStreamQuery({ ...toStreamQuery(options), ...model }));
    this.#encoding = options.encoding ?? 'linear16';
    this.#life = new StreamLifecycle(options, () => this.#socket.terminate());
    this.#socket = new NodeSocket(url, options, {
      onText: (text) => this.#receive(text),
      onClose: (error) => this.#closed(error),
    });
    this.#life.start();
  }

  get opened(): Promise<Begin> {
    return this.#life.begin.promise;
  }

  write(audio: AudioChunk): Promise<void> {
    return this.#life.write(audio, this.#encoding, (bytes) => this.#sendAudio(bytes));
  }

  keepAlive(): void {
    void this.#life.whileOpen(() => this.#sendMessage('KeepAlive'));
  }

  finalize(): Promise<void> {
    return this.#life.whileOpen(() => this.#sendMessage('Finalize'));
  }

  close(): Promise<Summary> {
    return this.#life.close(() => this.#sendMessage('CloseStream'));
  }

  on<Name extends keyof EmotionEvents>(
    name: Name,
    listener: (...values: EmotionEvents[Name]) => void,
  ): () => void {
    return this.#life.hub.on(name, listener);
  }

  [Symbol.asyncIterator](): AsyncIterator<ServerMessage, undefined> {
    return this.#life.hub.queue[Symbol.asyncIterator]();
  }

  async #sendAudio(bytes: Uint8Array): Promise<void> {
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      this.#socket.sendBinary(bytes.subarray(start, start + sliceBytes));
      await this.#socket.writable();
      if (this.#life.isOver) throw this.#life.overError();
    }
  }

  #sendMessage(type: ClientMessage['type']): void {
    this.#socket.sendText(JSON.stringify({ type }));
  }

  #receive(text: string): void {
    if (this.#life.isOver) return;
    const message = parseServerMessage(text);
    if (!message) {
      const shown = text.slice(0, 80);
      this.#life.fail(new UndertoneError('bad_message', `Expected a message of undertone.v1; got ${shown}`));
      return;
    }
    if (message.type === 'Error' && message.fatal) this.#fatal ??= toUndertoneError(message);
    if (message.type === 'Begin') {
      this.#socket.opened();
      this.#life.begin.resolve(message);
    }
    if (message.type === 'Summary') {
      this.#summary = message;
      this.#socket.ending();
    }
    this.#life.hub.dispatch(message);
  }

  /** The socket is closed. */
  #closed(error: UndertoneError): void {
    if (this.#fatal) this.#life.fail(this.#fatal);
    else if (this.#summary) this.#life.succeed(this.#summary);
    else this.#life.fail(error);
  }
}
