/**
 * Takes steady background noise out of a stream of 16 kHz samples: short-time spectra, the background by minimum
 * statistics, the gain of Ephraim and Malah with their decision-directed ratio of speech to noise, overlap-add. An
 * output sample stands for the input sample of the same index and comes at most 32 ms of audio later.
 */
import { UndertoneError } from '../errors.ts';
import { RealFft } from '../features/fft.ts';
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import { logAmplitudeGain } from './log-amplitude-gain.ts';
import { MinimumStatistics } from './minimum-statistics.ts';
import type { SampleStage } from './sample-stage.ts';

export interface SuppressorConfig {
  /** Log-spectral amplitude estimator over minimum statistics. */
  readonly kind: 'log-mmse';
  /** Most that is taken away, 1 to 40 dB: what is left of the noise sounds natural and hides artefacts. */
  readonly maxAttenuationDb: number;
  /** Weight of the frame before in the ratio of speech to noise, 0 to 0.999: more is smoother and slower. */
  readonly smoothing: number;
}

export const defaultSuppressorConfig: SuppressorConfig = {
  kind: 'log-mmse',
  maxAttenuationDb: 12,
  smoothing: 0.96,
};

/** 32 ms under the square root of a Hann window, every 16 ms: the squares of neighbouring windows add up to one. */
const windowSamples = 512;
const hopSamples = windowSamples / 2;
const bins = windowSamples / 2 + 1;
/** Least ratio of speech to noise, -25 dB: lower ones only make the rest of the noise flutter. */
const leastRatio = 10 ** -2.5;
/** Most that the power of a frame counts over that of the noise. */
const gammaMost = 1e4;

/** Tables and work space that the streams of one thread share. */
export class SuppressorKernel {
  readonly config: SuppressorConfig;
  readonly fft: RealFft = new RealFft(windowSamples);
  readonly window: Float64Array;
  readonly frame: Float64Array = new Float64Array(windowSamples);
  readonly re: Float64Array = new Float64Array(bins);
  readonly im: Float64Array = new Float64Array(bins);
  readonly power: Float64Array = new Float64Array(bins);

  /** Throws `bad_parameter` for a number out of its range. */
  constructor(config: SuppressorConfig) {
    const { maxAttenuationDb, smoothing } = config;
    if (!(maxAttenuationDb >= 1 && maxAttenuationDb <= 40) || !(smoothing >= 0 && smoothing <= 0.999)) {
      throw new UndertoneError(
        'bad_parameter',
        `suppressor needs maxAttenuationDb in [1, 40] and smoothing in [0, 0.999], got ${maxAttenuationDb}, ${smoothing}`,
      );
    }
    this.config = config;
    this.window = Float64Array.from({ length: windowSamples }, (_, n) =>
      Math.sin((Math.PI * (n + 0.5)) / windowSamples),
    );
  }
}

/** One per stream and channel. */
export class NoiseSuppressor implements SampleStage {
  readonly #kernel: SuppressorKernel;
  readonly #noise = new MinimumStatistics(bins);
  /** The last hop of the input, then the one that fills: the window of the next frame. */
  readonly #input = new Float32Array(windowSamples);
  /** The second half of the frame before, to which the next one's first is added. */
  readonly #tail = new Float64Array(hopSamples);
  /** Speech power of the frame before in units of its noise, per bin. */
  readonly #speech = new Float64Array(bins);
  readonly #leastGain: number;
  #output = new Float32Array(0);
  #filled = 0;
  #received = 0;
  #delivered = 0;

  constructor(kernel: SuppressorKernel) {
    this.#kernel = kernel;
    this.#leastGain = 10 ** (-kernel.config.maxAttenuationDb / 20);
  }

  process(samples: Float32Array): Float32Array {
    const hops = Math.ceil((samples.length + hopSamples) / hopSamples);
    if (this.#output.length < hops * hopSamples) this.#output = new Float32Array(hops * hopSamples);
    const input = this.#input;
    let length = 0;
    for (let n = 0; n < samples.length; n++) {
      const sample = samples[n]!;
      input[hopSamples + this.#filled] = Number.isFinite(sample) ? sample : 0;
      if (++this.#filled < hopSamples) continue;
      this.#runFrame(length);
      // The first frame gives the hop before the stream's first sample.
      if (this.#received >= hopSamples) length += hopSamples;
      this.#received += hopSamples;
    }
    this.#delivered += length;
    return this.#output.subarray(0, length);
  }

  flush(): Float32Array {
    const total = this.#received + this.#filled;
    const missing = total - this.#delivered;
    if (missing === 0) return this.#output.subarray(0, 0);
    const silence = new Float32Array(2 * hopSamples - this.#filled);
    return this.process(silence).subarray(0, missing);
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#filled);
    writer.array(this.#input.subarray(0, hopSamples + this.#filled));
    writer.array(this.#tail);
    writer.array(this.#speech);
    writer.count(this.#received);
    writer.count(this.#delivered);
    this.#noise.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.#filled = reader.count(hopSamples - 1);
    reader.array(this.#input.subarray(0, hopSamples + this.#filled));
    reader.array(this.#tail);
    reader.array(this.#speech, 0);
    this.#received = reader.count();
    this.#delivered = reader.count(this.#received);
    this.#noise.readState(reader);
  }

  /** Transforms the window in `#input`, and puts one finished hop to `#output` at `offset`. */
  #runFrame(offset: number): void {
    const { fft, window, frame, re, im, power } = this.#kernel;
    const input = this.#input;
    for (let n = 0; n < windowSamples; n++) frame[n] = window[n]! * input[n]!;
    fft.forward(frame, re, im);
    for (let k = 0; k < bins; k++) power[k] = re[k]! * re[k]! + im[k]! * im[k]!;
    // The first window is half empty: its spectrum would be taken for a background that is too low.
    if (this.#received > 0) {
      this.#noise.accept(power);
      this.#applyGains();
    }
    fft.inverse(re, im, frame);
    const output = this.#output;
    const tail = this.#tail;
    for (let n = 0; n < hopSamples; n++) {
      output[offset + n] = tail[n]! + window[n]! * frame[n]!;
      tail[n] = window[hopSamples + n]! * frame[hopSamples + n]!;
    }
    input.copyWithin(0, hopSamples);
    this.#filled = 0;
  }

  /** Multiplies the spectrum by each bin's gain, and remembers the speech for the next frame. */
  #applyGains(): void {
    const { re, im, power, config } = this.#kernel;
    const noise = this.#noise.noise;
    const speech = this.#speech;
    const { smoothing } = config;
    const leastGain = this.#leastGain;
    for (let k = 0; k < bins; k++) {
      const gamma = Math.min(gammaMost, power[k]! / noise[k]!);
      const instant = Math.max(gamma - 1, 0);
      const ratio = smoothing * speech[k]! + (1 - smoothing) * instant;
      const wanted = logAmplitudeGain(Math.max(ratio, leastRatio), gamma);
      speech[k] = wanted * wanted * gamma;
      const gain = Math.max(wanted, leastGain);
      re[k] = re[k]! * gain;
      im[k] = im[k]! * gain;
    }
  }
}
