/**
 * Turns raw frames (log-mel, F0, voicing) into model inputs with what a stream can know: each band is centred
 * on its running mean since the start of the stream, blended with a prior mean from the training corpus. Used
 * unchanged by training, server and browser. With `causal-level`, bands are taken relative to the level of the speech
 * before that, and what lies far under it is hidden by a floor: neither the gain nor how silent a recording's pauses
 * are reaches the network.
 */
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import { type FeatureConfig, rawFrameSize } from './feature-config.ts';
import { type LevelConfig, SpeechLevel, smoothMaximum } from './speech-level.ts';

export interface NormalisationConfig {
  readonly kind: 'causal-mean' | 'causal-level';
  /** Weight of the prior mean, in frames. */
  readonly priorFrames: number;
  /** Frames after which the running mean becomes an exponential one, so that long calls can change. */
  readonly maxFrames: number;
  /** Mean of each log-mel band over the training corpus; relative to the level with `causal-level`. */
  readonly priorMean: readonly number[];
  /** Log-mel values are divided by this after centring. */
  readonly scale: number;
  /** Prior of the running mean of log2(F0 / 1 Hz) over voiced frames. */
  readonly priorLogF0: number;
  /** Weight of that prior, in voiced frames. */
  readonly priorVoicedFrames: number;
  /** With `causal-level` only. */
  readonly level?: LevelConfig;
}

/** How far what a stream sounded like on average is from the training corpus. */
export interface InputShift {
  /** Root mean square over the bands of the difference of mean log-mel, in units of the network's inputs (`scale`). */
  readonly spectrum: number;
  /** Absolute difference of mean log2 F0, in octaves. */
  readonly pitch: number;
}

/** Less voiced audio says nothing about a voice: half a second. */
const leastVoicedFrames = 50;

/** The pitch of frames 25 dB under the speech is the background's, that of frames 15 dB under it the speaker's. */
const unheardBelow = -2.5 * Math.LN10;
const heardAbove = -1.5 * Math.LN10;

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
  readonly #level: SpeechLevel | null;
  /** Soft lower bound of each band, with a level. */
  readonly #floor: Float64Array;

  constructor(features: FeatureConfig, config: NormalisationConfig) {
    this.#bands = features.logMel.bands;
    this.#rawSize = rawFrameSize(features);
    this.#outSize = modelFrameSize(features);
    this.#config = config;
    this.#mean = Float64Array.from(config.priorMean);
    this.#count = config.priorFrames;
    this.#logF0Mean = config.priorLogF0;
    this.#logF0Count = config.priorVoicedFrames;
    this.#level = config.level ? new SpeechLevel(this.#bands, config.level) : null;
    this.#floor = Float64Array.from(config.level?.floor ?? []);
  }

  /**
   * Normalises `frames` raw frames `[frames, bands + 2]` from `raw` into `out` `[frames, bands + 3]`.
   * The mean includes the frame itself.
   */
  process(raw: Float32Array, frames: number, out: Float32Array, outOffset = 0): void {
    const bands = this.#bands;
    const maxFrames = this.#config.maxFrames;
    for (let t = 0; t < frames; t++) {
      const r = t * this.#rawSize;
      const o = outOffset + t * this.#outSize;
      if (this.#count < maxFrames) this.#count++;
      const rate = 1 / this.#count;
      let presence = 1;
      if (this.#level) {
        const level = this.#level.next(raw, r);
        this.#centreLevelled(raw, r, level, rate, out, o);
        const over = this.#level.frame - level;
        presence = Math.min(1, Math.max(0, (over - unheardBelow) / (heardAbove - unheardBelow)));
      } else {
        this.#centre(raw, r, rate, out, o);
      }
      const f0Hz = raw[r + bands]!;
      out[o + bands] = raw[r + bands + 1]! * presence;
      if (f0Hz > 0 && presence > 0) {
        const logF0 = Math.log2(f0Hz);
        if (this.#logF0Count < maxFrames) this.#logF0Count++;
        this.#logF0Mean += (logF0 - this.#logF0Mean) / this.#logF0Count;
        out[o + bands + 1] = (logF0 - this.#config.priorLogF0) * presence;
        out[o + bands + 2] = (logF0 - this.#logF0Mean) * 2 * presence;
      } else {
        out[o + bands + 1] = 0;
        out[o + bands + 2] = 0;
      }
    }
  }

  /**
   * Of what was heard so far; null until there was half a second of voice. A running mean is
   * `(n0 prior + n heard) / (n0 + n)`, so that `heard - prior = (mean - prior) (n0 + n) / n`.
   */
  get shift(): InputShift | null {
    const { priorMean, priorFrames, priorLogF0, priorVoicedFrames, scale } = this.#config;
    const voiced = this.#logF0Count - priorVoicedFrames;
    const frames = this.#count - priorFrames;
    if (voiced < leastVoicedFrames || frames <= 0) return null;
    let squares = 0;
    for (let b = 0; b < this.#bands; b++) squares += (this.#mean[b]! - priorMean[b]!) ** 2;
    return {
      spectrum: (Math.sqrt(squares / this.#bands) * this.#count) / frames / scale,
      pitch: (Math.abs(this.#logF0Mean - priorLogF0) * this.#logF0Count) / voiced,
    };
  }

  writeState(writer: StateWriter): void {
    writer.array(this.#mean);
    for (const value of [this.#count, this.#logF0Mean, this.#logF0Count]) writer.number(value);
    this.#level?.writeState(writer);
  }

  readState(reader: StateReader): void {
    reader.array(this.#mean);
    this.#count = reader.number(0);
    this.#logF0Mean = reader.number();
    this.#logF0Count = reader.number(0);
    this.#level?.readState(reader);
  }

  /** Bands of the frame at `at`, centred on their running mean. */
  #centre(raw: Float32Array, at: number, rate: number, out: Float32Array, to: number): void {
    const mean = this.#mean;
    const inverseScale = 1 / this.#config.scale;
    for (let b = 0; b < mean.length; b++) {
      const x = raw[at + b]!;
      const before = mean[b]!;
      const m = before + (x - before) * rate;
      mean[b] = m;
      out[to + b] = (x - m) * inverseScale;
    }
  }

  /** The same relative to the level and above the floor. */
  #centreLevelled(
    raw: Float32Array,
    at: number,
    level: number,
    rate: number,
    out: Float32Array,
    to: number,
  ): void {
    const floor = this.#floor;
    const mean = this.#mean;
    const inverseScale = 1 / this.#config.scale;
    for (let b = 0; b < mean.length; b++) {
      const x = Math.fround(smoothMaximum(raw[at + b]! - level, floor[b]!));
      const before = mean[b]!;
      const m = before + (x - before) * rate;
      mean[b] = m;
      out[to + b] = (x - m) * inverseScale;
    }
  }
}
