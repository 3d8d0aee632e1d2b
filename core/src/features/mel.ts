/**
 * Triangular mel filter bank on the HTK scale, mel(f) = 1127 ln(1 + f / 700 Hz), with band edges equally spaced
 * in mel. The slopes are straight lines either in mel (Kaldi) or in Hz (librosa with `norm=None`); no band is
 * normalised. Only the bins under a triangle are stored.
 */
import { UndertoneError } from '../errors.ts';
import type { RealArray } from './fft.ts';

export interface MelOptions {
  readonly bands: number;
  readonly lowHz: number;
  readonly highHz: number;
  readonly sampleRate: number;
  readonly fftSize: number;
  /** Along which axis the slopes of a triangle are straight. */
  readonly slopes: 'linear-in-mel' | 'linear-in-hz';
}

export function hzToMel(hz: number): number {
  return 1127 * Math.log1p(hz / 700);
}

export function melToHz(mel: number): number {
  return 700 * Math.expm1(mel / 1127);
}

export class MelFilterbank {
  readonly bands: number;
  /** First spectrum bin of each band `[bands]`. */
  readonly starts: Int32Array;
  /** Where the weights of band b begin in `weights`; band b has `offsets[b + 1] - offsets[b]` bins `[bands + 1]`. */
  readonly offsets: Int32Array;
  /** Weights in (0, 1] of all bands, one after another. */
  readonly weights: Float64Array;

  /** Throws `bad_parameter` unless 0 <= lowHz < highHz <= sampleRate / 2 and `bands` is a positive integer. */
  constructor(options: MelOptions) {
    const { bands, lowHz, highHz, sampleRate, fftSize, slopes } = options;
    if (!Number.isInteger(bands) || bands < 1) {
      throw new UndertoneError('bad_parameter', `mel bands must be a positive integer, got ${bands}`);
    }
    if (!(lowHz >= 0 && lowHz < highHz && highHz <= sampleRate / 2)) {
      throw new UndertoneError(
        'bad_parameter',
        `mel range must satisfy 0 <= low < high <= ${sampleRate / 2} Hz, got ${lowHz}..${highHz} Hz`,
      );
    }
    const lowMel = hzToMel(lowHz);
    const stepMel = (hzToMel(highHz) - lowMel) / (bands + 1);
    const inMel = slopes === 'linear-in-mel';
    const edge = (index: number): number => {
      const mel = lowMel + index * stepMel;
      return inMel ? mel : melToHz(mel);
    };
    const weights: number[] = [];
    this.bands = bands;
    this.starts = new Int32Array(bands);
    this.offsets = new Int32Array(bands + 1);
    for (let b = 0; b < bands; b++) {
      const left = edge(b);
      const centre = edge(b + 1);
      const right = edge(b + 2);
      let start = -1;
      for (let k = 0; k <= fftSize / 2; k++) {
        const hz = (k * sampleRate) / fftSize;
        const x = inMel ? hzToMel(hz) : hz;
        if (x <= left || x >= right) continue;
        if (start < 0) start = k;
        weights.push(x <= centre ? (x - left) / (centre - left) : (right - x) / (right - centre));
      }
      // A band narrower than one bin may cover none; its energy is then zero.
      this.starts[b] = Math.max(start, 0);
      this.offsets[b + 1] = weights.length;
    }
    this.weights = Float64Array.from(weights);
  }

  /** Band energies `[bands]` of a power (or magnitude) spectrum `[fftSize / 2 + 1]`. */
  apply(spectrum: RealArray, energies: RealArray): void {
    const { starts, offsets, weights } = this;
    for (let b = 0; b < this.bands; b++) {
      const end = offsets[b + 1]!;
      let sum = 0;
      for (let w = offsets[b]!, k = starts[b]!; w < end; w++, k++) sum += weights[w]! * spectrum[k]!;
      energies[b] = sum;
    }
  }
}
