/**
 * The recogniser's front end: 16 kHz samples in packets of any size to whole raw frames. Each frame is computed
 * once, from samples at the same absolute positions whatever the packets, so that packets change no bit.
 */
import { type FeatureConfig, rawFrameSize } from './feature-config.ts';
import { makePitchTables, type PitchTables } from './kernel/pitch-tables.ts';
import { LogMel } from './log-mel.ts';
import { PitchTracker } from './pitch.ts';

/** One per thread; tables and work space, no stream state. */
export class FeatureKernel {
  readonly config: FeatureConfig;
  readonly logMel: LogMel;
  readonly pitchTables: PitchTables;
  /** Output of the latest `accept` of any front end. */
  output: Float32Array;

  constructor(config: FeatureConfig) {
    this.config = config;
    this.logMel = new LogMel(config);
    this.pitchTables = makePitchTables(config);
    this.output = new Float32Array(64 * rawFrameSize(config));
  }
}

/** One per stream and channel. */
export class FrontEnd {
  readonly #kernel: FeatureKernel;
  readonly #pitch: PitchTracker;
  /** Samples that frames to come still need; a stream starts as if zeros had come before. */
  #tail: Float32Array;
  /** Hops taken by the pitch tracker, which starts before the first frame. */
  #hops = 0;
  #started = false;

  constructor(kernel: FeatureKernel) {
    const { windowSamples, hopSamples } = kernel.config;
    this.#kernel = kernel;
    this.#pitch = new PitchTracker(kernel.pitchTables);
    this.#tail = new Float32Array(2 * hopSamples);
    if (windowSamples !== 2 * hopSamples + hopSamples / 2) throw new RangeError('unsupported window');
  }

  /** Absolute count of frames produced. */
  get frames(): number {
    return Math.max(this.#hops - 2, 0);
  }

  /**
   * Feeds 16 kHz samples; returns the raw frames completed by them, `[frames, bands + 2]`, a view valid until the
   * next call of any front end of this kernel. Frame i covers samples [160 i, 160 i + 400).
   */
  accept(samples: Float32Array): Float32Array {
    const { config, logMel } = this.#kernel;
    const { windowSamples, hopSamples } = config;
    const bands = config.logMel.bands;
    const size = rawFrameSize(config);
    if (!this.#started && samples.length > 0) {
      this.#tail.fill(samples[0]!);
      this.#started = true;
    }
    const all = new Float32Array(this.#tail.length + samples.length);
    all.set(this.#tail);
    all.set(samples, this.#tail.length);
    const hops = Math.max(0, Math.floor((all.length - windowSamples) / hopSamples) + 1);
    if (this.#kernel.output.length < hops * size) this.#kernel.output = new Float32Array(hops * size);
    const output = this.#kernel.output;
    let frames = 0;
    for (let h = 0; h < hops; h++) {
      const start = h * hopSamples;
      this.#pitch.hop(all, start + windowSamples - hopSamples);
      this.#hops++;
      if (this.#hops <= 2) continue;
      logMel.frame(all, start, output, frames * size);
      output[frames * size + bands] = this.#pitch.f0Hz;
      output[frames * size + bands + 1] = this.#pitch.strength;
      frames++;
    }
    this.#tail = all.slice(hops * hopSamples);
    return output.subarray(0, frames * size);
  }
}
