/**
 * One stream of the recogniser of this device. Takes what a server takes and answers with what a server answers, whatever
 * thread it runs on. There is nobody to protect from a slow or fast peer, so the limits in `Begin` are 0, which means
 * none.
 */
import { type BatchScheduler, bytesPerSample, StreamRecogniser, UndertoneError } from '@undertone/core';
import {
  analysedChannels,
  type ClientMessage,
  type ConfigureMessage,
  type GapNotice,
  HeardAudio,
  MessageSequence,
  newSessionId,
  type StreamConfig,
  type StreamQuery,
  type SummaryMessage,
} from '@undertone/proto';
import { asUndertoneError } from '../client/as-undertone-error.ts';
import type { EmotionEngine, EngineHandlers } from '../client/emotion-engine.ts';
import { recognitionSettings } from './recognition-settings.ts';

const sliceSeconds = 0.5;
/** Frames (10 ms) of one channel that may wait for the model before `sendAudio` waits. */
const maxPendingFrames = 500;

export class LocalSession implements EmotionEngine {
  readonly #handlers: EngineHandlers;
  readonly #sequence: MessageSequence;
  readonly #recogniser: StreamRecogniser;
  readonly #heard: HeardAudio;
  readonly #bytesPerSecond: number;
  #isPaused = false;
  #droppedSeconds = 0;
  #isOver = false;

  /**
   * Answers with `Begin` before it returns.
   * @param scheduler of the loaded model; it may serve other streams as well
   * @throws UndertoneError `consent_denied`
   */
  constructor(scheduler: BatchScheduler, query: StreamQuery, handlers: EngineHandlers) {
    this.#handlers = handlers;
    expectConsent(query.consent);
    const { manifest } = scheduler.model;
    const config: StreamConfig = {
      ...query,
      checkpoints: false,
      ack: false,
      model: `${manifest.name}@${manifest.version}`,
    };
    const frameBytes = bytesPerSample[config.encoding] * config.channels;
    this.#bytesPerSecond = frameBytes * config.sample_rate;
    this.#sequence = new MessageSequence(newSessionId(), config);
    this.#recogniser = new StreamRecogniser(scheduler, {
      encoding: config.encoding,
      sampleRateHz: config.sample_rate,
      channels: config.channels,
      analysed: analysedChannels(config),
      ...recognitionSettings(config),
      onEvents: (events) => {
        for (const event of events) {
          const message = this.#isOver ? null : this.#sequence.event(event);
          if (message) this.#handlers.onMessage(message);
        }
      },
      onError: (error) => this.#end(error),
    });
    this.#heard = new HeardAudio({
      frameBytes,
      sampleRateHz: config.sample_rate,
      recogniser: this.#recogniser,
      sample: 0,
      unheardFrom: null,
      onGap: (gap) => this.#handlers.onMessage(this.#sequence.message(gap)),
      onDropped: (seconds) => {
        this.#droppedSeconds += seconds;
      },
    });
    this.#applyHearing();
    handlers.onMessage(
      this.#sequence.begin(manifest, { max_frame_bytes: 0, idle_timeout_ms: 0, max_session_s: 0 }),
    );
  }

  async sendAudio(bytes: Uint8Array): Promise<void> {
    const sliceBytes = Math.ceil(this.#bytesPerSecond * sliceSeconds);
    const mostFrames = maxPendingFrames * this.#sequence.config.channels;
    for (let start = 0; start < bytes.length && !this.#isOver; start += sliceBytes) {
      try {
        this.#heard.accept(bytes.subarray(start, start + sliceBytes));
      } catch (error) {
        await this.#undecodable(asUndertoneError(error), (bytes.length - start) / this.#bytesPerSecond);
        return;
      }
      if (this.#recogniser.pendingFrames > mostFrames) await this.#drained();
    }
  }

  async sendMessage(message: ClientMessage): Promise<void> {
    if (this.#isOver) return;
    try {
      await this.#take(message);
    } catch (error) {
      this.#end(asUndertoneError(error));
    }
  }

  terminate(): void {
    this.#isOver = true;
    this.#recogniser.close();
  }

  /** The stream cannot go on: its model is closed, or whatever ran it failed. */
  fail(error: UndertoneError): void {
    this.#end(error);
  }

  async #take(message: ClientMessage): Promise<void> {
    switch (message.type) {
      case 'Finalize':
        return this.#recogniser.finalize();
      case 'Configure':
        return this.#configure(message);
      case 'Pause':
      case 'Resume':
        await this.#drained();
        this.#isPaused = message.type === 'Pause';
        return this.#applyHearing();
      case 'Gap':
        return this.#gap(message);
      case 'CloseStream':
        return this.#finish();
      default:
        // KeepAlive: nothing runs out here. Ack and Restore belong to streams that can move.
        return;
    }
  }

  async #gap(notice: GapNotice): Promise<void> {
    await this.#drained();
    const rate = this.#sequence.config.sample_rate;
    const samples = 'samples' in notice ? notice.samples : Math.round(notice.duration * rate);
    if (samples > 0) this.#heard.skip(samples);
  }

  /** Answers with `Configured`, or with an `Error` that is not fatal and changes nothing. */
  async #configure({ type: _, ...change }: ConfigureMessage): Promise<void> {
    expectConsent(change.consent);
    await this.#drained();
    const config: StreamConfig = { ...this.#sequence.config, ...change };
    const analysed = analysedChannels(config);
    if (!analysed.includes(true)) {
      const expected = `Expected analyze to be at least one role of the channels (${config.channel_roles.join(',')})`;
      const text = `${expected}; got ${config.analyze.join(',')}.`;
      this.#handlers.onMessage(this.#sequence.error('bad_parameter', text, false));
      return;
    }
    this.#recogniser.configure({ ...recognitionSettings(config), analysed });
    const answer = this.#sequence.configured(config);
    this.#applyHearing();
    this.#handlers.onMessage(answer);
  }

  #applyHearing(): void {
    if (this.#sequence.config.consent === 'pending') this.#heard.reason = 'consent';
    else this.#heard.reason = this.#isPaused ? 'paused' : null;
  }

  /** Resolves in any case; a failure ends the stream by itself. */
  #drained(): Promise<void> {
    return this.#recogniser.drained().catch(() => {});
  }

  /** As a server does it: the error, the results of what came before, the summary. What follows has no meaning. */
  async #undecodable(error: UndertoneError, droppedSeconds: number): Promise<void> {
    if (error.code === 'bad_audio' && !this.#isOver) {
      this.#handlers.onMessage(this.#sequence.error(error.code, error.message, true));
      this.#droppedSeconds += droppedSeconds;
      await this.#summarise('error').catch(() => {});
    }
    this.#end(error);
  }

  async #finish(): Promise<void> {
    const { remainderBytes } = this.#recogniser;
    if (remainderBytes > 0) {
      const text = `Expected audio to end with a whole sample; ${remainderBytes} bytes are left over and dropped.`;
      this.#handlers.onMessage(this.#sequence.error('bad_audio', text, false));
    }
    await this.#summarise('client_close');
    this.#end(null);
  }

  /** Ends the audio; after the last results comes the summary. */
  async #summarise(reason: SummaryMessage['reason']): Promise<void> {
    this.#heard.report();
    const audioSamples = this.#recogniser.receivedSamples;
    const channels = await this.#recogniser.finish();
    if (this.#isOver) return;
    const droppedSeconds = this.#droppedSeconds;
    this.#handlers.onMessage(this.#sequence.summary({ audioSamples, droppedSeconds, reason, channels }));
  }

  #end(error: UndertoneError | null): void {
    if (this.#isOver) return;
    this.terminate();
    this.#handlers.onEnd(error);
  }
}

function expectConsent(consent: StreamConfig['consent']): void {
  if (consent === 'denied')
    throw new UndertoneError('consent_denied', 'Expected consent to being analysed; it is denied.');
}
