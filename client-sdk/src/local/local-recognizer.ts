/**
 * The recogniser in this process, behind the same interface as a stream to a server: same options, same messages.
 * There is nobody to protect from a slow or fast peer, so the limits in `Begin` are 0, which means none.
 */
import { bytesPerSample, StreamRecogniser, UndertoneError } from '@undertone/core';
import {
  analysedChannels,
  MessageSequence,
  newSessionId,
  type ServerMessage,
  type StreamConfig,
  type StreamQuery,
} from '@undertone/proto';
import { toAudioBytes } from '../client/audio-bytes.ts';
import { Deferred } from '../client/deferred.ts';
import type {
  AudioChunk,
  Begin,
  EmotionEvents,
  EmotionSource,
  EmotionSourceOptions,
  Summary,
} from '../client/emotion-source.ts';
import { MessageHub } from '../client/message-hub.ts';
import { resolveStreamQuery } from '../client/stream-query.ts';
import { LocalModel } from './local-model.ts';

export interface LocalRecognizerOptions extends EmotionSourceOptions {
  /** A loaded model, which stays open, or a model folder. Default: the model that ships with Undertone. */
  readonly model?: LocalModel | string;
}

const sliceSeconds = 0.5;
/** Frames (10 ms) of one channel that may wait for the model before `write` waits. */
const maxPendingFrames = 500;

interface Session {
  readonly recogniser: StreamRecogniser;
  readonly sequence: MessageSequence;
}

export class LocalRecognizer implements EmotionSource {
  readonly #options: LocalRecognizerOptions;
  readonly #query: StreamQuery;
  readonly #hub: MessageHub;
  readonly #begin = new Deferred<Begin>();
  readonly #end = new Deferred<Summary>();
  readonly #onAbort = (): void => this.#settle(new UndertoneError('aborted', 'The stream was aborted.'));
  /** Closed with the stream when it was loaded for it. */
  #ownModel: LocalModel | null = null;
  #session: Session | null = null;
  /** Everything asked for so far has been done. */
  #done: Promise<void>;
  #failure: UndertoneError | null = null;
  #state: 'open' | 'ending' | 'closed' = 'open';

  /**
   * Loads the model, unless it is given, and opens the stream.
   * @throws UndertoneError `bad_parameter`
   */
  constructor(options: LocalRecognizerOptions = {}) {
    this.#options = options;
    this.#query = resolveStreamQuery(options);
    this.#hub = new MessageHub(options.maxQueuedMessages);
    this.#done = this.#open();
    this.#done.catch((error) => this.#settle(asUndertoneError(error)));
    if (options.signal?.aborted) queueMicrotask(this.#onAbort);
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get opened(): Promise<Begin> {
    return this.#begin.promise;
  }

  async write(audio: AudioChunk): Promise<void> {
    this.#expectOpen();
    const bytes = toAudioBytes(audio, this.#query.encoding);
    await this.#inOrder((session) => this.#accept(session, bytes));
  }

  keepAlive(): void {}

  async finalize(): Promise<void> {
    this.#expectOpen();
    await this.#inOrder(({ recogniser }) => recogniser.finalize());
  }

  close(): Promise<Summary> {
    if (this.#state === 'open') {
      this.#state = 'ending';
      this.#inOrder((session) => this.#finish(session)).catch((error) =>
        this.#settle(asUndertoneError(error)),
      );
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

  async #open(): Promise<void> {
    const { model: given } = this.#options;
    // Waits in any case: listeners are added after the constructor has returned.
    const model = await (given instanceof LocalModel ? given : LocalModel.load(given));
    if (model !== given) this.#ownModel = model;
    // The stream may have been aborted while the model was loading.
    if (this.#failure) {
      await this.#ownModel?.close();
      throw this.#failure;
    }
    const { manifest } = model;
    const config: StreamConfig = { ...this.#query, model: `${manifest.name}@${manifest.version}` };
    const sequence = new MessageSequence(newSessionId(), config);
    const recogniser = new StreamRecogniser(model.scheduler, {
      encoding: config.encoding,
      sampleRateHz: config.sample_rate,
      channels: config.channels,
      analysed: analysedChannels(config),
      intervalMs: config.interval_ms,
      windowMs: config.window_ms,
      endpointingMs: config.endpointing_ms,
      interimResults: config.interim_results,
      onEvents: (events) => {
        for (const event of events) {
          const message = this.#state === 'closed' ? null : sequence.event(event);
          if (message) this.#hub.dispatch(message);
        }
      },
      onError: (error) => this.#settle(error),
    });
    this.#session = { recogniser, sequence };
    const begin = sequence.begin(manifest, { max_frame_bytes: 0, idle_timeout_ms: 0, max_session_s: 0 });
    this.#begin.resolve(begin as Begin);
    this.#hub.dispatch(begin);
  }

  #inOrder(work: (session: Session) => Promise<void>): Promise<void> {
    const done = this.#done.then(() => {
      if (this.#state === 'closed' || !this.#session) throw this.#overError();
      return work(this.#session);
    });
    // A chunk that cannot be decoded does not keep the next one from being tried.
    this.#done = done.catch(() => {});
    return done;
  }

  async #accept({ recogniser, sequence }: Session, bytes: Uint8Array): Promise<void> {
    const { encoding, channels, sample_rate } = this.#query;
    const sliceBytes = Math.ceil(bytesPerSample[encoding] * channels * sample_rate * sliceSeconds);
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      try {
        recogniser.accept(bytes.subarray(start, start + sliceBytes));
      } catch (error) {
        if (!(error instanceof UndertoneError) || error.code !== 'bad_audio') throw error;
        this.#hub.dispatch(sequence.error(error.code, error.message, false));
        throw error;
      }
      if (recogniser.pendingFrames > maxPendingFrames * channels) await recogniser.drained();
      if (this.#state === 'closed') throw this.#overError();
    }
  }

  async #finish({ recogniser, sequence }: Session): Promise<void> {
    const { remainderBytes } = recogniser;
    if (remainderBytes > 0) {
      const message = `Expected audio to end with a whole sample; ${remainderBytes} bytes are left over and dropped.`;
      this.#hub.dispatch(sequence.error('bad_audio', message, false));
    }
    const audioSamples = recogniser.receivedSamples;
    const channels = await recogniser.finish();
    if (this.#failure) throw this.#failure;
    const summary = sequence.summary({ audioSamples, droppedSeconds: 0, reason: 'client_close', channels });
    this.#hub.dispatch(summary);
    this.#settle(null);
    await this.#ownModel?.close();
    this.#end.resolve(summary as Summary);
  }

  /** The stream is over. With an error nothing more is recognised. */
  #settle(error: UndertoneError | null): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#failure = error;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#begin.reject(error);
    this.#session?.recogniser.close();
    if (error) {
      this.#end.reject(error);
      if (this.#session) void this.#ownModel?.close();
    }
    this.#hub.close(error);
  }

  #expectOpen(): void {
    if (this.#state !== 'open') throw this.#overError();
  }

  #overError(): UndertoneError {
    if (this.#failure) return this.#failure;
    return new UndertoneError('audio_after_close', 'Expected the stream to be open; it was closed.');
  }
}

function asUndertoneError(error: unknown): UndertoneError {
  if (error instanceof UndertoneError) return error;
  return new UndertoneError('internal', error instanceof Error ? error.message : String(error), {
    cause: error,
  });
}
