/**
 * Shape of a spectrum S[k], k from `firstBin` to the last bin, frequency k * binHz: centroid, spread, roll-off,
 * flux, flatness, entropy. S is a power or a magnitude spectrum, as the caller's definition has it. Definitions
 * after Peeters, G. (2004), "A large set of audio features for sound description", IRCAM.
 */
import { UndertoneError } from '../errors.ts';

/** Below this sum a spectrum counts as digital silence and has no shape. */
export const silentSum = 1e-20;
/** Floor under a power before its logarithm in the flatness; librosa's `amin`. */
const flatnessFloor = 1e-10;

export function spectralSum(spectrum: Float64Array, firstBin: number): number {
  let sum = 0;
  for (let k = firstBin; k < spectrum.length; k++) sum += spectrum[k]!;
  return sum;
}

/** sum f S / sum S in Hz; 0 for silence. `sum` is `spectralSum` of the same bins. */
export function centroid(spectrum: Float64Array, firstBin: number, binHz: number, sum: number): number {
  if (sum < silentSum) return 0;
  let moment = 0;
  for (let k = firstBin; k < spectrum.length; k++) moment += k * spectrum[k]!;
  return (binHz * moment) / sum;
}

/** sqrt(sum (f - centroid)^2 S / sum S) in Hz (librosa: bandwidth); 0 for silence. */
export function spread(
  spectrum: Float64Array,
  firstBin: number,
  binHz: number,
  sum: number,
  centroidHz: number,
): number {
  if (sum < silentSum) return 0;
  const centroidBin = centroidHz / binHz;
  let moment = 0;
  for (let k = firstBin; k < spectrum.length; k++) {
    const distance = k - centroidBin;
    moment += distance * distance * spectrum[k]!;
  }
  return binHz * Math.sqrt(moment / sum);
}

/** Lowest bin frequency in Hz up to which S sums to at least `share` of the whole; 0 for silence. */
export function rollOff(
  spectrum: Float64Array,
  firstBin: number,
  binHz: number,
  sum: number,
  share: number,
): number {
  if (sum < silentSum) return 0;
  const threshold = share * sum;
  let partial = 0;
  for (let k = firstBin; k < spectrum.length; k++) {
    partial += spectrum[k]!;
    if (partial >= threshold) return k * binHz;
  }
  return (spectrum.length - 1) * binHz;
}

/** Geometric over arithmetic mean of a power spectrum floored at 1e-10, in (0, 1]; 1 for silence. */
export function flatness(power: Float64Array, firstBin: number): number {
  let logSum = 0;
  let sum = 0;
  // One logarithm for eight bins: eight floors (1e-80) and eight powers of a full-scale frame are far from the
  // ends of the float64 range.
  let product = 1;
  for (let k = firstBin; k < power.length; k++) {
    const value = Math.max(power[k]!, flatnessFloor);
    sum += value;
    product *= value;
    if ((k & 7) === 7) {
      logSum += Math.log(product);
      product = 1;
    }
  }
  logSum += Math.log(product);
  const bins = power.length - firstBin;
  return Math.exp(logSum / bins) / (sum / bins);
}

/** -sum p log2 p in bits with p = S / sum S, in [0, log2 bins]; 0 for silence. */
export function entropyBits(spectrum: Float64Array, firstBin: number, sum: number): number {
  if (sum < silentSum) return 0;
  let weighted = 0;
  for (let k = firstBin; k < spectrum.length; k++) {
    const p = spectrum[k]! / sum;
    if (p > 0) weighted -= p * Math.log2(p);
  }
  return weighted;
}

/**
 * Change of the magnitude spectrum from frame to frame, d[k] = |X[k]| - |X_previous[k]|; 0 for the first frame.
 * `rms` is sqrt(mean d^2), `l2` sqrt(sum d^2), `positive-sum` the sum of the d above 0.
 */
export type FluxKind = 'rms' | 'l2' | 'positive-sum';

export class SpectralFlux {
  readonly #kind: FluxKind;
  readonly #firstBin: number;
  readonly #previous: Float64Array;
  #started = false;

  constructor(kind: FluxKind, bins: number, firstBin: number) {
    if (!(firstBin >= 0 && firstBin < bins)) {
      throw new UndertoneError('bad_parameter', `firstBin must be in [0, ${bins}), got ${firstBin}`);
    }
    this.#kind = kind;
    this.#firstBin = firstBin;
    this.#previous = new Float64Array(bins);
  }

  /** Flux from the frame given last to this one, `[bins]` magnitudes. */
  next(magnitude: Float64Array): number {
    const previous = this.#previous;
    let squares = 0;
    let rises = 0;
    for (let k = this.#firstBin; k < previous.length; k++) {
      const difference = magnitude[k]! - previous[k]!;
      previous[k] = magnitude[k]!;
      squares += difference * difference;
      if (difference > 0) rises += difference;
    }
    if (!this.#started) {
      this.#started = true;
      return 0;
    }
    if (this.#kind === 'positive-sum') return rises;
    return Math.sqrt(this.#kind === 'rms' ? squares / (previous.length - this.#firstBin) : squares);
  }
}
