/**
 * A stream to an Undertone server over WebSocket. Everything written is sent in order; `write` waits while the
 * connection is slower than the caller, and while a lost one is being restored.
 */
import type { UndertoneError } from '@undertone/core';
import {
  buildStreamQuery,
  type Consent,
  type Encoding,
  type Purpose,
  type ServerMessage,
} from '@undertone/proto';
import type { SocketOptions } from '../transport/socket.ts';
import type {
  AudioChunk,
  Begin,
  EmotionEvents,
  EmotionSource,
  EmotionSourceOptions,
  Summary,
} from './emotion-source.ts';
import { frameBytes, type ReconnectOptions, toReconnectSettings } from './reconnect-options.ts';
import { StreamConnection } from './stream-connection.ts';
import { StreamLifecycle } from './stream-lifecycle.ts';
import { toStreamQuery } from './stream-query.ts';
import { toStreamUrl } from './stream-url.ts';

export interface EmotionStreamOptions extends EmotionSourceOptions, SocketOptions {
  /** Of the server: `ws://host:port`, `wss://`, `http://` or `https://`; the path `/v1/stream` is added to none. */
  readonly url: string;
  /** `name` or `name@version`. Default: the server's. */
  readonly model?: string;
  /** Needed to have an agent analysed, by a server that allows it. */
  readonly purpose?: Purpose;
  /** What the people who are heard have said to being analysed. */
  readonly consent?: Consent;
  /**
   * A connection that is lost is restored from the server's last checkpoint, on the same server or another: nothing is
   * lost and no result comes twice. False: it ends the stream with `connection_lost`. Default true.
   */
  readonly reconnect?: boolean | ReconnectOptions;
}

const defaultSampleRateHz: Readonly<Partial<Record<Encoding, number>>> = { mulaw: 8000, alaw: 8000 };

export class EmotionStream implements EmotionSource {
  readonly #encoding: Encoding;
  readonly #life: StreamLifecycle;
  readonly #connection: StreamConnection;
  #summary: Summary | null = null;

  /**
   * Connects at once.
   * @throws UndertoneError `bad_parameter` for a URL or an option of the connection that cannot be used; what is
   * said about the audio is checked by the server, and `opened` rejects
   */
  constructor(options: EmotionStreamOptions) {
    this.#encoding = options.encoding ?? 'linear16';
    const bytesPerSample = frameBytes(this.#encoding, options.channels ?? 1);
    const rateHz = options.sampleRateHz ?? defaultSampleRateHz[this.#encoding] ?? 16_000;
    const reconnect = toReconnectSettings(options.reconnect ?? true, bytesPerSample * rateHz);
    const query = buildStreamQuery({
      ...toStreamQuery(options),
      ...(options.model === undefined ? {} : { model: options.model }),
      ...(options.purpose === undefined ? {} : { purpose: options.purpose }),
      ...(options.consent === undefined ? {} : { consent: options.consent }),
      ...(reconnect ? { checkpoints: true } : {}),
    });
    const others = typeof options.reconnect === 'object' ? (options.reconnect.urls ?? []) : [];
    const urls = [options.url, ...others].map((url) => toStreamUrl(url, query));
    this.#life = new StreamLifecycle(options, () => this.#connection.terminate());
    this.#connection = new StreamConnection(
      { ...options, urls, reconnect, bytesPerSample },
      {
        onMessage: (message) => this.#receive(message),
        onReconnecting: (error, attempt) => this.#life.hub.reconnecting(error, attempt),
        onReconnected: (fromSample) => this.#life.hub.reconnected(fromSample),
        onEnd: (error) => this.#ended(error),
      },
    );
    this.#life.start();
  }

  get opened(): Promise<Begin> {
    return this.#life.begin.promise;
  }

  write(audio: AudioChunk): Promise<void> {
    return this.#life.write(audio, this.#encoding, async (bytes) => {
      await this.#connection.sendAudio(bytes);
      if (this.#life.isOver) throw this.#life.overError();
    });
  }

  keepAlive(): void {
    void this.#life.whileOpen(() => this.#connection.sendMessage({ type: 'KeepAlive' }));
  }

  finalize(): Promise<void> {
    return this.#life.whileOpen(() => this.#connection.sendMessage({ type: 'Finalize' }));
  }

  close(): Promise<Summary> {
    return this.#life.close(() => this.#connection.sendMessage({ type: 'CloseStream' }));
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

  #receive(message: ServerMessage): void {
    if (this.#life.isOver) return;
    if (message.type === 'Begin') this.#life.begin.resolve(message);
    if (message.type === 'Summary') this.#summary = message;
    this.#life.hub.dispatch(message);
  }

  #ended(error: UndertoneError | null): void {
    if (error) this.#life.fail(error);
    else if (this.#summary) this.#life.succeed(this.#summary);
  }
}
