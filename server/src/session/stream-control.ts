/**
 * What a client may change of a running stream. Every message takes effect where it stands in the audio: all that came
 * before has been recognised and reported when it does.
 */
import { UndertoneError } from '@undertone/core';
import {
  analysedChannels,
  type ConfigureMessage,
  type GapNotice,
  type HeardAudio,
  type StreamConfig,
} from '@undertone/proto';
import type { RecogniserHandle } from '../inference/recogniser-handle.ts';
import type { ServedModel } from '../inference/served-models.ts';
import type { ArrivalClock } from './arrival-clock.ts';
import type { Outbox } from './outbox.ts';
import { pauseSamples, recognitionSettings } from './recognition-settings.ts';

export interface StreamControlOptions {
  readonly config: StreamConfig;
  readonly isPaused: boolean;
  readonly recogniser: RecogniserHandle;
  readonly heard: HeardAudio;
  readonly arrivals: ArrivalClock;
  readonly outbox: Outbox;
  readonly model: ServedModel;
  /** @throws UndertoneError for roles that may not be heard */
  readonly checkRoles: (config: StreamConfig) => void;
}

export class StreamControl {
  readonly #options: StreamControlOptions;
  #config: StreamConfig;
  #analysed: readonly boolean[];
  #isPaused: boolean;

  constructor(options: StreamControlOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#analysed = analysedChannels(options.config);
    this.#isPaused = options.isPaused;
    this.#applyHearing();
  }

  /** In effect. */
  get config(): StreamConfig {
    return this.#config;
  }

  /** Which channels are recognised. */
  get analysed(): readonly boolean[] {
    return this.#analysed;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  async finalize(atMs: number): Promise<void> {
    this.#options.arrivals.boundary(atMs);
    await this.#options.recogniser.finalize();
  }

  /** The open segment ends with the first fifth of a second that is dropped, as with any gap. */
  async pause(): Promise<void> {
    await this.#options.recogniser.drained();
    this.#isPaused = true;
    this.#applyHearing();
  }

  async resume(): Promise<void> {
    await this.#options.recogniser.drained();
    this.#isPaused = false;
    this.#applyHearing();
  }

  async gap(notice: GapNotice): Promise<void> {
    await this.#options.recogniser.drained();
    const samples =
      'samples' in notice ? notice.samples : Math.round(notice.duration * this.#config.sample_rate);
    if (samples > 0) this.#options.heard.skip(samples);
  }

  /** Answers with `Configured`, or with an `Error` that is not fatal and changes nothing. */
  async configure({ type: _, ...change }: ConfigureMessage): Promise<void> {
    const { recogniser, outbox, arrivals, checkRoles, model } = this.#options;
    const config: StreamConfig = { ...this.#config, ...change };
    await recogniser.drained();
    const analysed = analysedChannels(config);
    try {
      if (change.analyze) checkRoles(config);
      recogniser.configure({ ...recognitionSettings(config), analysed });
    } catch (error) {
      if (!(error instanceof UndertoneError)) throw error;
      outbox.error(error, false);
      return;
    }
    arrivals.endpointingSamples = pauseSamples(model, config.endpointing_ms);
    this.#config = config;
    this.#analysed = analysed;
    this.#applyHearing();
    outbox.configured(config);
  }

  #applyHearing(): void {
    const { heard } = this.#options;
    if (this.#config.consent === 'pending') heard.reason = 'consent';
    else heard.reason = this.#isPaused ? 'paused' : null;
  }
}
