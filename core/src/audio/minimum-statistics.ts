/**
 * Power spectrum of the background, tracked as the minimum of a smoothed power spectrum over the last second and a half, so
 * that no decision about speech is needed. Martin, R. (2001), "Noise power spectral density estimation based on optimal
 * smoothing and minimum statistics", IEEE Trans. SAP 9(5). Equation numbers are the paper's.
 */
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';

/** Sub-windows, and frames of each: together the time in which a minimum is looked for. */
const subWindows = 8;
const subFrames = 12;
const windowFrames = subWindows * subFrames;

/** M(D) of table III, for the bias of a minimum of D values. */
const meanOfMinimum: readonly (readonly [frames: number, m: number])[] = [
  [1, 0],
  [2, 0.26],
  [5, 0.48],
  [8, 0.58],
  [10, 0.61],
  [15, 0.668],
  [20, 0.705],
  [30, 0.762],
  [40, 0.8],
  [60, 0.841],
  [80, 0.865],
  [120, 0.89],
  [140, 0.9],
  [160, 0.91],
];

function interpolateM(frames: number): number {
  const upper = meanOfMinimum.findIndex(([d]) => d >= frames);
  const [highD, highM] = meanOfMinimum[upper]!;
  const [lowD, lowM] = meanOfMinimum[Math.max(0, upper - 1)]!;
  return highD === lowD ? highM : lowM + ((highM - lowM) * (frames - lowD)) / (highD - lowD);
}

const mWindow = interpolateM(windowFrames);
const mSub = interpolateM(subFrames);

const mostSmoothing = 0.96;
const leastSmoothing = 0.3;
/** Keeps digital silence from dividing by zero; samples in [-1, 1]. */
const leastPower = 1e-12;

/** State of one stream. */
export class MinimumStatistics {
  /** Power of the background in each bin `[bins]`. */
  readonly noise: Float64Array;
  readonly #bins: number;
  /** Smoothed power, its mean and its mean square (4, 20, 21). */
  readonly #smooth: Float64Array;
  readonly #mean: Float64Array;
  readonly #meanSquare: Float64Array;
  /** Variance of the smoothed power over twice the squared noise, 1 / Q_eq (23). */
  readonly #inverseQ: Float64Array;
  readonly #subMinimum: Float64Array;
  /** The same with the bias of a sub-window. */
  readonly #subMinimumNoise: Float64Array;
  readonly #isLocal: Uint8Array;
  /** Minima of the last sub-windows, a ring `[subWindows, bins]`. */
  readonly #minima: Float32Array;
  #correction = 1;
  #frame = 0;
  #subFrame = 0;

  constructor(bins: number) {
    this.#bins = bins;
    this.noise = new Float64Array(bins);
    this.#smooth = new Float64Array(bins);
    this.#mean = new Float64Array(bins);
    this.#meanSquare = new Float64Array(bins);
    this.#inverseQ = new Float64Array(bins);
    this.#subMinimum = new Float64Array(bins);
    this.#subMinimumNoise = new Float64Array(bins);
    this.#isLocal = new Uint8Array(bins);
    this.#minima = new Float32Array(subWindows * bins);
  }

  /** Takes the power spectrum of the next frame and updates `noise`. */
  accept(power: Float64Array): void {
    if (this.#frame++ === 0) this.#begin(power);
    const meanInverseQ = this.#smoothPower(power);
    this.#trackMinima(1 + 2.12 * Math.sqrt(meanInverseQ));
    if (++this.#subFrame === subFrames) {
      this.#subFrame = 0;
      this.#endSubWindow(meanInverseQ);
    }
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#frame);
    if (this.#frame === 0) return;
    writer.count(this.#subFrame);
    writer.number(this.#correction);
    for (const values of [this.noise, this.#smooth, this.#mean, this.#meanSquare]) writer.array(values);
    for (const values of [this.#subMinimum, this.#subMinimumNoise, this.#minima]) writer.array(values);
    writer.sparse(Uint32Array.from(this.#isLocal));
  }

  readState(reader: StateReader): void {
    this.#frame = reader.count();
    if (this.#frame === 0) return;
    this.#subFrame = reader.count(subFrames - 1);
    this.#correction = reader.number(0, 1);
    for (const values of [this.noise, this.#smooth, this.#mean, this.#meanSquare]) reader.array(values, 0);
    for (const values of [this.#subMinimum, this.#subMinimumNoise, this.#minima]) {
      reader.array(values, 0, Number.POSITIVE_INFINITY);
    }
    const isLocal = new Uint32Array(this.#bins);
    reader.sparse(isLocal);
    this.#isLocal.set(isLocal);
  }

  #begin(power: Float64Array): void {
    for (let k = 0; k < this.#bins; k++) {
      const p = Math.max(power[k]!, leastPower);
      this.noise[k] = p;
      this.#smooth[k] = p;
      this.#mean[k] = p;
      this.#meanSquare[k] = p * p;
    }
    this.#subMinimum.fill(Number.POSITIVE_INFINITY);
    this.#subMinimumNoise.fill(Number.POSITIVE_INFINITY);
    this.#minima.fill(Number.POSITIVE_INFINITY);
  }

  /** Smooths with the factor that is best for each bin (11, 12); returns the mean of 1 / Q_eq over the bins. */
  #smoothPower(power: Float64Array): number {
    const bins = this.#bins;
    const smooth = this.#smooth;
    const noise = this.noise;
    let smoothSum = 0;
    let powerSum = leastPower;
    for (let k = 0; k < bins; k++) {
      smoothSum += smooth[k]!;
      powerSum += power[k]!;
    }
    const error = smoothSum / powerSum - 1;
    this.#correction = 0.7 * this.#correction + 0.3 * Math.max(1 / (1 + error * error), 0.7);
    const most = mostSmoothing * this.#correction;
    let inverseQSum = 0;
    for (let k = 0; k < bins; k++) {
      const excess = smooth[k]! / noise[k]! - 1;
      const factor = Math.max(leastSmoothing, most / (1 + excess * excess));
      const p = factor * smooth[k]! + (1 - factor) * Math.max(power[k]!, leastPower);
      smooth[k] = p;
      const forget = Math.min(0.8, factor * factor);
      const mean = forget * this.#mean[k]! + (1 - forget) * p;
      const meanSquare = forget * this.#meanSquare[k]! + (1 - forget) * p * p;
      this.#mean[k] = mean;
      this.#meanSquare[k] = meanSquare;
      const variance = meanSquare - mean * mean;
      const inverseQ = Math.max(0, Math.min(0.5, variance / (2 * noise[k]! * noise[k]!)));
      this.#inverseQ[k] = inverseQ;
      inverseQSum += inverseQ;
    }
    return inverseQSum / bins;
  }

  /** Lowest values of this sub-window, with their bias taken out (16, 17); the noise follows them down at once. */
  #trackMinima(commonBias: number): void {
    const inner = this.#subFrame > 0;
    for (let k = 0; k < this.#bins; k++) {
      const inverseQ = this.#inverseQ[k]!;
      const p = this.#smooth[k]! * commonBias;
      const value = p * bias(windowFrames, mWindow, inverseQ);
      if (value >= this.#subMinimum[k]!) continue;
      this.#subMinimum[k] = value;
      this.#subMinimumNoise[k] = p * bias(subFrames, mSub, inverseQ);
      // A minimum inside a sub-window, not at its first frame, may be the bottom of a rising background.
      this.#isLocal[k] = inner ? 1 : 0;
      if (value < this.noise[k]! || this.#frame === 1) this.noise[k] = value;
    }
  }

  #endSubWindow(meanInverseQ: number): void {
    const bins = this.#bins;
    const minima = this.#minima;
    const slot = (Math.floor(this.#frame / subFrames) % subWindows) * bins;
    const steepest = noiseSlope(meanInverseQ);
    for (let k = 0; k < bins; k++) {
      minima[slot + k] = this.#subMinimum[k]!;
      let lowest = Number.POSITIVE_INFINITY;
      for (let at = k; at < minima.length; at += bins) if (minima[at]! < lowest) lowest = minima[at]!;
      const local = this.#subMinimumNoise[k]!;
      if (this.#isLocal[k] === 1 && local > lowest && local < steepest * lowest) {
        lowest = local;
        for (let at = k; at < minima.length; at += bins) minima[at] = local;
      }
      this.noise[k] = Math.max(lowest, leastPower);
    }
    this.#subMinimum.fill(Number.POSITIVE_INFINITY);
    this.#subMinimumNoise.fill(Number.POSITIVE_INFINITY);
    this.#isLocal.fill(0);
  }
}

/** Inverse of the mean of the minimum of `frames` values (17). */
function bias(frames: number, m: number, inverseQ: number): number {
  // Q~ = (Q_eq - 2 M) / (1 - M), and B = 1 + 2 (D - 1) / Q~, without dividing by an inverse of zero.
  return 1 + (2 * (frames - 1) * (1 - m) * inverseQ) / Math.max(1e-9, 1 - 2 * m * inverseQ);
}

/** By how much a background may rise between sub-windows. */
function noiseSlope(meanInverseQ: number): number {
  if (meanInverseQ < 0.03) return 8;
  if (meanInverseQ < 0.05) return 4;
  return meanInverseQ < 0.06 ? 2 : 1.2;
}
