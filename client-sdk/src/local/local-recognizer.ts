/**
 * The recogniser in this process, behind the same interface as a stream to a server: same options, same messages.
 * There is nobody to protect from a slow or fast peer, so the limits in `Begin` are 0, which means none.
 */
import { bytesPerSample, StreamRecogniser, type UndertoneError } from '@undertone/core';
import {
  analysedChannels,
  MessageSequence,
  newSessionId,
  type ServerMessage,
  type StreamConfig,
  type StreamQuery,
} from '@undertone/proto';
import { asUndertoneError } from '../client/as-undertone-error.ts';
import type {
  AudioChunk,
  Begin,
  EmotionEvents,
  EmotionSource,
  EmotionSourceOptions,
  Summary,
} from '../client/emotion-source.ts';
import { StreamLifecycle } from '../client/stream-lifecycle.ts';
import { resolveStreamQuery } from '../client/stream-query.ts';
import { LocalModel } from './node/local-model.ts';

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
  readonly leaveModel: () => void;
}

export class LocalRecognizer implements EmotionSource {
  readonly #query: StreamQuery;
  readonly #life: StreamLifecycle;
  /** Closed with the stream when it was loaded for it. */
  #ownModel: LocalModel | null = null;
  #session: Session | null = null;

  /**
   * Loads the model, unless it is given, and opens the stream.
   * @throws UndertoneError `bad_parameter`
   */
  constructor(options: LocalRecognizerOptions = {}) {
    this.#query = resolveStreamQuery(options);
    this.#life = new StreamLifecycle(options, () => this.#release());
    this.#open(options.model).catch((error) => this.#life.fail(asUndertoneError(error)));
    this.#life.start();
  }

  get opened(): Promise<Begin> {
    return this.#life.begin.promise;
  }

  write(audio: AudioChunk): Promise<void> {
    return this.#life.write(audio, this.#query.encoding, (bytes) => this.#accept(bytes));
  }

  keepAlive(): void {}

  finalize(): Promise<void> {
    return this.#life.whileOpen(() => this.#session!.recogniser.finalize());
  }

  close(): Promise<Summary> {
    return this.#life.close(() => this.#finish());
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

  async #open(given: LocalModel | string | undefined): Promise<void> {
    // Waits in any case: listeners are added after the constructor has returned.
    const model = await (given instanceof LocalModel ? given : LocalModel.load(given));
    if (model !== given) this.#ownModel = model;
    // The stream may have been aborted while the model was loading.
    if (this.#life.isOver) return this.#release();
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
      trendMs: config.trend_interval_ms,
      onEvents: (events) => {
        for (const event of events) {
          const message = this.#life.isOver ? null : sequence.event(event);
          if (message) this.#life.hub.dispatch(message);
        }
      },
      onError: (error) => this.#life.fail(error),
    });
    const leaveModel = model.join((error) => this.#life.fail(error));
    this.#session = { recogniser, sequence, leaveModel };
    const begin = sequence.begin(manifest, { max_frame_bytes: 0, idle_timeout_ms: 0, max_session_s: 0 });
    this.#life.begin.resolve(begin as Begin);
    this.#life.hub.dispatch(begin);
  }

  async #accept(bytes: Uint8Array): Promise<void> {
    const { recogniser } = this.#session!;
    const { encoding, channels, sample_rate } = this.#query;
    const bytesPerSecond = bytesPerSample[encoding] * channels * sample_rate;
    const sliceBytes = Math.ceil(bytesPerSecond * sliceSeconds);
    for (let start = 0; start < bytes.length; start += sliceBytes) {
      try {
        recogniser.accept(bytes.subarray(start, start + sliceBytes));
      } catch (error) {
        await this.#undecodable(asUndertoneError(error), (bytes.length - start) / bytesPerSecond);
      }
      if (this.#life.isOver) throw this.#life.overError();
      if (recogniser.pendingFrames > maxPendingFrames * channels) await recogniser.drained();
      if (this.#life.isOver) throw this.#life.overError();
    }
  }

  /** As a server does it: the error, the results of what came before, the summary. What follows has no meaning. */
  async #undecodable(error: UndertoneError, droppedSeconds: number): Promise<void> {
    if (error.code === 'bad_audio') {
      this.#life.hub.dispatch(this.#session!.sequence.error(error.code, error.message, true));
      await this.#summarise('error', droppedSeconds);
    }
    this.#life.fail(error);
  }

  async #finish(): Promise<void> {
    const { recogniser, sequence } = this.#session!;
    const { remainderBytes } = recogniser;
    if (remainderBytes > 0) {
      const message = `Expected audio to end with a whole sample; ${remainderBytes} bytes are left over and dropped.`;
      this.#life.hub.dispatch(sequence.error('bad_audio', message, false));
    }
    this.#life.succeed(await this.#summarise('client_close', 0));
  }

  /** Ends the audio; after the last results comes the summary. */
  async #summarise(reason: Summary['reason'], droppedSeconds: number): Promise<Summary> {
    const { recogniser, sequence } = this.#session!;
    const audioSamples = recogniser.receivedSamples;
    const channels = await recogniser.finish();
    const summary = sequence.summary({ audioSamples, droppedSeconds, reason, channels });
    this.#life.hub.dispatch(summary);
    return summary as Summary;
  }

  /** Nothing more is recognised. */
  #release(): void {
    this.#session?.leaveModel();
    this.#session?.recogniser.close();
    // Its failure to close changes nothing about the stream.
    this.#ownModel?.close().catch(() => {});
  }
}
