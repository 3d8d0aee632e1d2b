/**
 * Mel-frequency cepstral coefficients: mel band energies, logarithm, orthonormal DCT-II, optional lifter.
 * Davis, S. and Mermelstein, P. (1980), "Comparison of parametric representations for monosyllabic word
 * recognition in continuously spoken sentences".
 */
import { UndertoneError } from '../errors.ts';
import type { RealArray } from './fft.ts';
import { MelFilterbank, type MelOptions } from './mel.ts';

export interface MfccConfig {
  readonly bands: number;
  readonly lowHz: number;
  readonly highHz: number;
  readonly slopes: MelOptions['slopes'];
  /** Natural logarithm (Kaldi) or 10 log10 (librosa). */
  readonly logarithm: 'natural' | 'decibel';
  /** Lower bound of a band's energy before the logarithm. */
  readonly energyFloor: number;
  /** Coefficients c0, c1, ...; at most `bands`. */
  readonly coefficients: number;
  /** Q of the sine lifter 1 + Q / 2 sin(pi k / Q); 0 for none. */
  readonly lifter: number;
}

/** Kaldi's `compute-mfcc-feats` with a range of 20..7600 Hz; goes with a Povey window and pre-emphasis 0.97. */
export const kaldiMfcc: MfccConfig = {
  bands: 23,
  lowHz: 20,
  highHz: 7600,
  slopes: 'linear-in-mel',
  logarithm: 'natural',
  energyFloor: 1.1920929e-7,
  coefficients: 13,
  lifter: 22,
};

/** `librosa.feature.mfcc` of 64 HTK bands with `norm=None`, `top_db=None`; goes with a periodic Hann window. */
export const librosaMfcc: MfccConfig = {
  bands: 64,
  lowHz: 20,
  highHz: 7600,
  slopes: 'linear-in-hz',
  logarithm: 'decibel',
  energyFloor: 1e-10,
  coefficients: 13,
  lifter: 0,
};

export class Mfcc {
  readonly coefficients: number;
  readonly #filterbank: MelFilterbank;
  readonly #floor: number;
  /** Band energies, then their logarithms. */
  readonly #bands: Float64Array;
  /** DCT with lifter and unit of the logarithm folded in `[coefficients, bands]`. */
  readonly #matrix: Float64Array;

  /** Throws `bad_parameter` unless 1 <= coefficients <= bands and the mel range is valid. */
  constructor(config: MfccConfig, sampleRate: number, fftSize: number) {
    const { bands, coefficients, lifter, energyFloor } = config;
    if (!Number.isInteger(coefficients) || coefficients < 1 || coefficients > bands) {
      throw new UndertoneError(
        'bad_parameter',
        `MFCC coefficients must be an integer in [1, ${bands}] (the bands), got ${coefficients}`,
      );
    }
    this.coefficients = coefficients;
    this.#filterbank = new MelFilterbank({ ...config, sampleRate, fftSize });
    this.#floor = energyFloor;
    this.#bands = new Float64Array(bands);
    this.#matrix = new Float64Array(coefficients * bands);
    const unit = config.logarithm === 'decibel' ? 10 / Math.LN10 : 1;
    for (let k = 0; k < coefficients; k++) {
      const norm = Math.sqrt((k === 0 ? 1 : 2) / bands);
      const lift = lifter > 0 ? 1 + (lifter / 2) * Math.sin((Math.PI * k) / lifter) : 1;
      for (let b = 0; b < bands; b++) {
        this.#matrix[k * bands + b] = unit * lift * norm * Math.cos((Math.PI * k * (b + 0.5)) / bands);
      }
    }
  }

  /** Coefficients of a power spectrum `[fftSize / 2 + 1]` into `out` from `offset` on. */
  compute(power: RealArray, out: RealArray, offset = 0): void {
    const bands = this.#bands;
    this.#filterbank.apply(power, bands);
    for (let b = 0; b < bands.length; b++) bands[b] = Math.log(Math.max(bands[b]!, this.#floor));
    for (let k = 0; k < this.coefficients; k++) {
      let sum = 0;
      for (let b = 0, m = k * bands.length; b < bands.length; b++, m++) sum += this.#matrix[m]! * bands[b]!;
      out[offset + k] = sum;
    }
  }
}
