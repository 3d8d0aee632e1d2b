/** Power spectrum of one frame: optional removal of the mean, optional pre-emphasis, window, zeros, FFT. */
import { UndertoneError } from '../errors.ts';
import { RealFft } from './fft.ts';
import { makeWindow, type WindowKind } from './window.ts';

export interface FrameSpectrumConfig {
  readonly window: WindowKind;
  readonly removeDcOffset: boolean;
  /** c in y[n] = x[n] - c x[n - 1], with y[0] = (1 - c) x[0]; 0 for none. */
  readonly preemphasis: number;
  /** First sample of the frame under the window: librosa centres a shorter window in the FFT. */
  readonly firstSample: number;
}

export class FrameSpectrum {
  /** |X[k]|^2 of the frame computed last `[fftSize / 2 + 1]`. */
  readonly power: Float64Array;
  readonly #config: FrameSpectrumConfig;
  readonly #window: Float64Array;
  readonly #windowed: Float64Array;
  readonly #fft: RealFft;

  /** Throws `bad_parameter` if the window does not fit the FFT or a number is out of range. */
  constructor(config: FrameSpectrumConfig, windowSamples: number, fftSize: number) {
    if (windowSamples > fftSize) {
      throw new UndertoneError(
        'bad_parameter',
        `a window of ${windowSamples} samples needs an FFT of at least as many, got ${fftSize}`,
      );
    }
    if (!Number.isInteger(config.firstSample) || config.firstSample < 0) {
      throw new UndertoneError(
        'bad_parameter',
        `firstSample must be a non-negative integer, got ${config.firstSample}`,
      );
    }
    this.#config = config;
    this.#fft = new RealFft(fftSize);
    this.#window = makeWindow(config.window, windowSamples);
    this.#windowed = new Float64Array(windowSamples);
    this.power = new Float64Array(this.#fft.bins);
  }

  /** Computes `power` from samples `firstSample` to `firstSample + windowSamples` of `frame`. */
  compute(frame: Float32Array): void {
    const { firstSample, removeDcOffset, preemphasis } = this.#config;
    const window = this.#window;
    const windowed = this.#windowed;
    const count = window.length;
    let mean = 0;
    if (removeDcOffset) {
      for (let n = 0; n < count; n++) mean += frame[firstSample + n]!;
      mean /= count;
    }
    let previous = frame[firstSample]! - mean;
    for (let n = 0; n < count; n++) {
      const sample = frame[firstSample + n]! - mean;
      windowed[n] = (sample - preemphasis * previous) * window[n]!;
      previous = sample;
    }
    this.#fft.powerSpectrum(windowed, this.power);
  }
}
