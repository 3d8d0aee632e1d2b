/**
 * Log-mel frames in plain JavaScript: the definition, the oracle of the WebAssembly kernel's tests and the baseline of
 * its benchmark. A frame has its mean removed, is pre-emphasised (its first sample as if the sample before had
 * the same value), windowed, zero padded to 512; then power spectrum, triangular mel bands, natural logarithm of
 * the energy or of the floor, whichever is larger. The order and the conventions are those of Kaldi's `fbank`.
 */
import type { FeatureConfig } from './feature-config.ts';
import { RealFft } from './fft.ts';
import { MelFilterbank } from './mel.ts';
import { makeWindow } from './window.ts';

/** Points of the transform of one zero-padded frame. */
export const fftSize = 512;

export class LogMel {
  readonly bands: number;
  readonly #preemphasis: number;
  readonly #removeDcOffset: boolean;
  readonly #energyFloor: number;
  readonly #window: Float64Array;
  readonly #fft = new RealFft(fftSize);
  readonly #mel: MelFilterbank;
  readonly #frame: Float64Array;
  readonly #power: Float64Array;
  readonly #energies: Float64Array;

  /** Throws `bad_parameter` when bands or range are impossible. */
  constructor(config: FeatureConfig) {
    const { bands, lowHz, highHz, window, preemphasis, removeDcOffset, energyFloor } = config.logMel;
    this.bands = bands;
    this.#preemphasis = preemphasis;
    this.#removeDcOffset = removeDcOffset;
    this.#energyFloor = energyFloor;
    this.#window = makeWindow(window, config.windowSamples);
    this.#mel = new MelFilterbank({
      bands,
      lowHz,
      highHz,
      sampleRate: config.sampleRate,
      fftSize,
      slopes: 'linear-in-mel',
    });
    this.#frame = new Float64Array(config.windowSamples);
    this.#power = new Float64Array(this.#fft.bins);
    this.#energies = new Float64Array(bands);
  }

  /** Writes the `bands` values of the frame that starts at `samples[start]` to `out` from `outStart` on. */
  frame(samples: Float32Array, start: number, out: Float32Array, outStart: number): void {
    const frame = this.#frame;
    const window = this.#window;
    const preemphasis = this.#preemphasis;
    let mean = 0;
    if (this.#removeDcOffset) {
      for (let n = 0; n < frame.length; n++) mean += samples[start + n]!;
      mean /= frame.length;
    }
    let previous = samples[start]! - mean;
    for (let n = 0; n < frame.length; n++) {
      const sample = samples[start + n]! - mean;
      frame[n] = (sample - preemphasis * previous) * window[n]!;
      previous = sample;
    }
    this.#fft.powerSpectrum(frame, this.#power);
    this.#mel.apply(this.#power, this.#energies);
    for (let b = 0; b < this.bands; b++) {
      out[outStart + b] = Math.log(Math.max(this.#energies[b]!, this.#energyFloor));
    }
  }
}
