/**
 * Turns raw frames (log-mel, F0, voicing) into model inputs with what a stream can know: each band is centred
 * on its running mean since the start of the stream, blended with a prior mean from the training corpus. Used
 * unchanged by training, server and browser.
 */
import { type FeatureConfig, rawFrameSize } from './feature-config.ts';

export interface NormalisationConfig {
  readonly kind: 'causal-mean';
  /** Weight of the prior mean, in frames. */
  readonly priorFrames: number;
  /** Frames after which the running mean becomes an exponential one, so that long calls can change. */
  readonly maxFrames: number;
  /** Mean of each log-mel band over the training corpus. */
  readonly priorMean: readonly number[];
  /** Log-mel values are divided by this after centring. */
  readonly scale: number;
  /** Prior of the running mean of log2(F0 / 1 Hz) over voiced frames. */
  readonly priorLogF0: number;
  /** Weight of that prior, in voiced frames. */
  readonly priorVoicedFrames: number;
}

/** Model inputs per frame: the bands, then voicing, log2 F0 around the prior, log2 F0 around the running mean. */
export function modelFrameSize(config: FeatureConfig): number {
  return config.logMel.bands + 3;
}

export class CausalNormaliser {
  readonly #bands: number;
  readonly #rawSize: number;
  readonly #outSize: number;
  readonly #config: NormalisationConfig;
  /** Running mean per band; float64 so that hour-long streams do not drift. */
  readonly #mean: Float64Array;
  #count: number;
  #logF0Mean: number;
  #logF0Count: number;

  constructor(features: FeatureConfig, config: NormalisationConfig) {
    this.#bands = features.logMel.bands;
    this.#rawSize = rawFrameSize(features);
    this.#outSize = modelFrameSize(features);
    this.#config = config;
    this.#mean = Float64Array.from(config.priorMean);
    this.#count = config.priorFrames;
    this.#logF0Mean = config.priorLogF0;
    this.#logF0Count = config.priorVoicedFrames;
  }

  /**
   * Normalises `frames` raw frames `[frames, bands + 2]` from `raw` into `out` `[frames, bands + 3]`.
   * The mean includes the frame itself.
   */
  process(raw: Float32Array, frames: number, out: Float32Array, outOffset = 0): void {
    const bands = this.#bands;
    const mean = this.#mean;
    const inverseScale = 1 / this.#config.scale;
    const maxFrames = this.#config.maxFrames;
    for (let t = 0; t < frames; t++) {
      const r = t * this.#rawSize;
      const o = outOffset + t * this.#outSize;
      if (this.#count < maxFrames) this.#count++;
      const rate = 1 / this.#count;
      for (let b = 0; b < bands; b++) {
        const x = raw[r + b]!;
        const m = mean[b]! + (x - mean[b]!) * rate;
        mean[b] = m;
        out[o + b] = (x - m) * inverseScale;
      }
      const f0Hz = raw[r + bands]!;
      out[o + bands] = raw[r + bands + 1]!;
      if (f0Hz > 0) {
        const logF0 = Math.log2(f0Hz);
        if (this.#logF0Count < maxFrames) this.#logF0Count++;
        this.#logF0Mean += (logF0 - this.#logF0Mean) / this.#logF0Count;
        out[o + bands + 1] = logF0 - this.#config.priorLogF0;
        out[o + bands + 2] = (logF0 - this.#logF0Mean) * 2;
      } else {
        out[o + bands + 1] = 0;
        out[o + bands + 2] = 0;
      }
    }
  }
}
