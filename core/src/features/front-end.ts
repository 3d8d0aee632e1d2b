/**
 * The recogniser's front end: 16 kHz samples in packets of any size to whole raw frames. Each frame is computed
 * once, from samples at the same absolute positions whatever the packets, so that packets change no bit.
 */
import type { FeatureKernel, FrontEndState } from './kernel/feature-kernel.ts';

export { FeatureKernel } from './kernel/feature-kernel.ts';

export interface FrontEndOptions {
  /** `false` leaves F0 and voicing 0, for callers that want the log-mel bands only. */
  readonly pitch?: boolean;
}

/** One per stream and channel. */
export class FrontEnd {
  readonly #kernel: FeatureKernel;
  readonly #state: FrontEndState;
  readonly #pitch: boolean;

  constructor(kernel: FeatureKernel, options: FrontEndOptions = {}) {
    this.#kernel = kernel;
    this.#state = kernel.createState();
    this.#pitch = options.pitch ?? true;
  }

  /** Absolute count of frames produced. */
  get frames(): number {
    return this.#kernel.framesOf(this.#state);
  }

  /**
   * Feeds 16 kHz samples; returns the raw frames completed by them, `[frames, bands + 2]`: the log-mel bands, F0 in Hz (0
   * where unvoiced), voicing strength in [0, 1]. A view valid until the next call of any front end of this kernel.
   * Frame i covers samples [160 i, 160 i + 400).
   */
  accept(samples: Float32Array): Float32Array {
    return this.#kernel.process(this.#state, samples, this.#pitch);
  }
}
