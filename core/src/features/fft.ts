/**
 * Real discrete Fourier transform of a power-of-two size, X[k] = sum_n x[n] e^(-2 pi i n k / N), as a complex
 * transform of half the size (even samples real, odd samples imaginary) and one pass that separates them.
 * Arithmetic is float64, tables and work space are made once, nothing is allocated per transform.
 */
import { UndertoneError } from '../errors.ts';
import { makeTwiddles, transformInPlace } from './fft-passes.ts';

/** Either precision is read and written; the arithmetic in between is always float64. */
export type RealArray = Float32Array | Float64Array;

export class RealFft {
  /** N, the number of real samples. */
  readonly size: number;
  /** N / 2 + 1, the number of non-redundant spectrum bins, 0 Hz and Nyquist included. */
  readonly bins: number;
  readonly #bitReversed: Uint16Array;
  /** cos and sin of 2 pi k / N for k in [0, N / 2]. */
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  /** Factors of the passes of radix 4, see `makeTwiddles`. */
  readonly #twiddles: Float64Array;
  /** Complex work space of N / 2 values. */
  readonly #re: Float64Array;
  readonly #im: Float64Array;

  /** Throws `bad_parameter` unless `size` is a power of two in [8, 65536]. */
  constructor(size: number) {
    if (!Number.isInteger(size) || size < 8 || size > 65536 || (size & (size - 1)) !== 0) {
      throw new UndertoneError('bad_parameter', `FFT size must be a power of two in [8, 65536], got ${size}`);
    }
    const half = size / 2;
    this.size = size;
    this.bins = half + 1;
    this.#re = new Float64Array(half);
    this.#im = new Float64Array(half);
    this.#cos = new Float64Array(half + 1);
    this.#sin = new Float64Array(half + 1);
    for (let k = 0; k <= half; k++) {
      this.#cos[k] = Math.cos((2 * Math.PI * k) / size);
      this.#sin[k] = Math.sin((2 * Math.PI * k) / size);
    }
    this.#twiddles = makeTwiddles(half);
    this.#bitReversed = new Uint16Array(half);
    for (let i = 1; i < half; i++) {
      this.#bitReversed[i] = (this.#bitReversed[i >> 1]! >> 1) | (i & 1 ? half >> 1 : 0);
    }
  }

  /** |X[k]|^2 into `power` `[N / 2 + 1]`. `input` holds up to N samples; missing ones count as zero. */
  powerSpectrum(input: RealArray, power: RealArray): void {
    this.#load(input);
    transformInPlace(this.#re, this.#im, this.#twiddles);
    const re = this.#re;
    const im = this.#im;
    const cos = this.#cos;
    const sin = this.#sin;
    const half = re.length;
    const first = re[0]! + im[0]!;
    const last = re[0]! - im[0]!;
    power[0] = first * first;
    power[half] = last * last;
    // Bins k and N/2 - k come from the same pair: X[k] = E + t, X[N/2 - k] = conj(E - t).
    for (let k = 1, m = half - 1; k <= m; k++, m--) {
      const evenRe = 0.5 * (re[k]! + re[m]!);
      const evenIm = 0.5 * (im[k]! - im[m]!);
      const oddRe = 0.5 * (im[k]! + im[m]!);
      const oddIm = 0.5 * (re[m]! - re[k]!);
      const turnedRe = oddRe * cos[k]! + oddIm * sin[k]!;
      const turnedIm = oddIm * cos[k]! - oddRe * sin[k]!;
      const sumRe = evenRe + turnedRe;
      const sumIm = evenIm + turnedIm;
      const differenceRe = evenRe - turnedRe;
      const differenceIm = evenIm - turnedIm;
      power[k] = sumRe * sumRe + sumIm * sumIm;
      power[m] = differenceRe * differenceRe + differenceIm * differenceIm;
    }
  }

  /** X[k] into `re` and `im` `[N / 2 + 1]`. `input` holds up to N samples; missing ones count as zero. */
  forward(input: RealArray, re: RealArray, im: RealArray): void {
    this.#load(input);
    transformInPlace(this.#re, this.#im, this.#twiddles);
    const zRe = this.#re;
    const zIm = this.#im;
    const half = zRe.length;
    re[0] = zRe[0]! + zIm[0]!;
    im[0] = 0;
    re[half] = zRe[0]! - zIm[0]!;
    im[half] = 0;
    for (let k = 1, m = half - 1; k <= m; k++, m--) {
      const evenRe = 0.5 * (zRe[k]! + zRe[m]!);
      const evenIm = 0.5 * (zIm[k]! - zIm[m]!);
      const oddRe = 0.5 * (zIm[k]! + zIm[m]!);
      const oddIm = 0.5 * (zRe[m]! - zRe[k]!);
      const turnedRe = oddRe * this.#cos[k]! + oddIm * this.#sin[k]!;
      const turnedIm = oddIm * this.#cos[k]! - oddRe * this.#sin[k]!;
      re[k] = evenRe + turnedRe;
      im[k] = evenIm + turnedIm;
      re[m] = evenRe - turnedRe;
      im[m] = turnedIm - evenIm;
    }
  }

  /** The N real samples, scaled by 1 / N, whose spectrum is `re + i im` `[N / 2 + 1]`, into `output` `[N]`. */
  inverse(re: RealArray, im: RealArray, output: RealArray): void {
    const zRe = this.#re;
    const zIm = this.#im;
    const half = zRe.length;
    const scale = 0.5 / half;
    for (let k = 0; k < half; k++) {
      const m = half - k;
      const evenRe = re[k]! + re[m]!;
      const evenIm = im[k]! - im[m]!;
      const differenceRe = re[k]! - re[m]!;
      const differenceIm = im[k]! + im[m]!;
      const oddRe = differenceRe * this.#cos[k]! - differenceIm * this.#sin[k]!;
      const oddIm = differenceIm * this.#cos[k]! + differenceRe * this.#sin[k]!;
      // The inverse transform is the forward one with real and imaginary parts exchanged.
      const r = this.#bitReversed[k]!;
      zIm[r] = scale * (evenRe - oddIm);
      zRe[r] = scale * (evenIm + oddRe);
    }
    transformInPlace(this.#re, this.#im, this.#twiddles);
    for (let n = 0; n < half; n++) {
      output[2 * n] = zIm[n]!;
      output[2 * n + 1] = zRe[n]!;
    }
  }

  /** Puts even samples into the real, odd ones into the imaginary part, in bit-reversed order. */
  #load(input: RealArray): void {
    const re = this.#re;
    const im = this.#im;
    const bitReversed = this.#bitReversed;
    const pairs = Math.min(input.length >> 1, re.length);
    for (let i = 0; i < pairs; i++) {
      const r = bitReversed[i]!;
      re[r] = input[2 * i]!;
      im[r] = input[2 * i + 1]!;
    }
    for (let i = pairs; i < re.length; i++) {
      const r = bitReversed[i]!;
      re[r] = 2 * i < input.length ? input[2 * i]! : 0;
      im[r] = 0;
    }
  }
}
