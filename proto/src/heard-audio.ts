/**
 * Which audio of a stream is heard. While it is paused or consent is missing, audio is dropped before anything is computed
 * from it, and the stream's time goes on; what was dropped is reported as one gap when it is over.
 */
import type { GapMessage } from './messages.ts';

export interface HeardAudioOptions {
  /** One sample of every channel. */
  readonly frameBytes: number;
  readonly sampleRateHz: number;
  /** Takes what is heard, and is told of whole samples per channel that are not. */
  readonly recogniser: {
    accept(bytes: Uint8Array): void;
    skip(samples: number): void;
  };
  /** Position at which the stream begins here, in whole samples. */
  readonly sample: number;
  /** Where the audio began that is not heard at first; null when it is heard. */
  readonly unheardFrom: number | null;
  readonly onGap: (gap: GapMessage) => void;
  readonly onDropped: (seconds: number, reason: UnheardReason) => void;
}

export type UnheardReason = 'paused' | 'consent';

export class HeardAudio {
  readonly #options: HeardAudioOptions;
  readonly #frameBytes: number;
  /** Whole samples per channel so far, heard or not. */
  #sample: number;
  /** Bytes of a sample that is not whole yet, and whether that one is dropped. */
  #begunBytes = 0;
  #isBegunDropped = false;
  #reason: UnheardReason | null = null;
  #unheardFrom: number | null;

  constructor(options: HeardAudioOptions) {
    this.#options = options;
    this.#frameBytes = options.frameBytes;
    this.#sample = options.sample;
    this.#unheardFrom = options.unheardFrom;
  }

  get reason(): UnheardReason | null {
    return this.#reason;
  }

  get unheardFrom(): number | null {
    return this.#unheardFrom;
  }

  /** Audio is not heard from here on for this reason; null when it is. */
  set reason(reason: UnheardReason | null) {
    if (reason === null || (this.#reason !== null && reason !== this.#reason)) this.report();
    this.#reason = reason;
    if (reason !== null) this.#unheardFrom ??= this.#sample;
  }

  /** A sample belongs to where it began, however the bytes are cut. */
  accept(bytes: Uint8Array): void {
    const isDropped = this.#reason !== null;
    let rest = bytes;
    if (this.#begunBytes > 0 && this.#isBegunDropped !== isDropped) {
      const head = Math.min(this.#frameBytes - this.#begunBytes, bytes.length);
      this.#take(bytes.subarray(0, head), this.#isBegunDropped);
      rest = bytes.subarray(head);
    }
    if (rest.length > 0) this.#take(rest, isDropped);
  }

  /** Samples per channel that were lost on their way. */
  skip(samples: number): void {
    const start = this.#sample;
    // What had come of a sample is lost with its rest.
    this.#begunBytes = 0;
    this.#sample += samples;
    this.#options.recogniser.skip(samples);
    if (this.#reason === null) this.#options.onGap(this.#gap(start, 'client'));
  }

  /** Reports what was not heard until here. */
  report(): void {
    const start = this.#unheardFrom;
    this.#unheardFrom = null;
    if (start !== null && this.#reason !== null && start < this.#sample) {
      this.#options.onGap(this.#gap(start, this.#reason));
    }
  }

  #take(bytes: Uint8Array, isDropped: boolean): void {
    const { recogniser, sampleRateHz, onDropped } = this.#options;
    const total = this.#begunBytes + bytes.length;
    const samples = Math.floor(total / this.#frameBytes);
    this.#begunBytes = total - samples * this.#frameBytes;
    this.#isBegunDropped = isDropped;
    this.#sample += samples;
    if (!isDropped) {
      recogniser.accept(bytes);
      return;
    }
    if (samples > 0) recogniser.skip(samples);
    const seconds = bytes.length / this.#frameBytes / sampleRateHz;
    if (this.#reason !== null) onDropped(seconds, this.#reason);
  }

  #gap(startSample: number, reason: GapMessage['reason']): GapMessage {
    const toSeconds = (samples: number): number =>
      Math.round((samples * 1000) / this.#options.sampleRateHz) / 1000;
    const duration = toSeconds(this.#sample - startSample);
    return { type: 'Gap', start: toSeconds(startSample), duration, reason };
  }
}
