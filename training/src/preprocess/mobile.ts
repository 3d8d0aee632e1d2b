/**
 * What a mobile telephone does to speech, roughly: 8 kHz, 300 to 3400 Hz, and coding after the structure of GSM 06.10
 * (ETSI EN 300 961): linear prediction of order 8 every 20 ms; by blocks of 5 ms prediction of the residual from one 40 to
 * 120 samples ago; what is left is filtered, kept on one of four grids of every third sample, and quantised to 3 bits. The
 * coefficients of the prediction are not quantised, and there is no bit stream: the result sounds like GSM.
 */
import { resample } from './speed.ts';
import { bandLimited, telephoneRateHz } from './telephone.ts';

const order = 8;
const frame = 160;
const block = 40;
const gridStep = 3;
const gridLength = 13;
const grids = 4;
/** Lags and gains of the prediction from earlier residual. */
const shortestLag = 40;
const longestLag = 120;
const lagGains = [0.1, 0.35, 0.65, 1];
/** Weighting filter before the grid is chosen (section 5.2.13 of the standard), in 8192nds. */
const weighting = [-134, -374, 0, 2054, 5741, 8192, 5741, 2054, 0, -374, -134].map((tap) => tap / 8192);
/** Levels of 3 bits, relative to the largest magnitude of a block: odd eighths. */
const halfLevels = 4;

export function throughMobile(samples: Float32Array): Float32Array {
  const narrow = bandLimited(resample(samples, 16000, telephoneRateHz));
  const decoded = new Float32Array(narrow.length);
  // What the receiver has excited its filter with, with room for the longest lag before it.
  const excitation = new Float64Array(longestLag + frame);
  const history = new Float64Array(order);
  const heard = new Float64Array(order);
  for (let start = 0; start < narrow.length; start += frame) {
    const end = Math.min(narrow.length, start + frame);
    const prediction = linearPrediction(narrow.subarray(start, end));
    const residual = new Float64Array(end - start);
    for (let n = start; n < end; n++) {
      residual[n - start] = narrow[n]! - predict(prediction, history);
      shift(history, narrow[n]!);
    }
    for (let at = 0; at < residual.length; at += block) {
      codeBlock(residual.subarray(at, at + block), excitation, longestLag + at);
    }
    for (let n = start; n < end; n++) {
      const value = Math.max(
        -1,
        Math.min(1, excitation[longestLag + n - start]! + predict(prediction, heard)),
      );
      decoded[n] = value;
      shift(heard, value);
    }
    excitation.copyWithin(0, end - start);
  }
  const wide = resample(decoded, telephoneRateHz);
  return wide.length === samples.length ? wide : wide.slice(0, samples.length);
}

/** Levinson and Durbin's recursion on the autocorrelation; `[order]`. */
function linearPrediction(samples: Float32Array): Float64Array {
  const correlation = Float64Array.from({ length: order + 1 }, (_, lag) => {
    let sum = 0;
    for (let n = lag; n < samples.length; n++) sum += samples[n]! * samples[n - lag]!;
    return sum;
  });
  const a = new Float64Array(order);
  // White noise 40 dB down, so that silence and pure tones have a solution.
  let error = correlation[0]! * 1.0001 + 1e-9;
  for (let i = 0; i < order; i++) {
    let sum = correlation[i + 1]!;
    for (let j = 0; j < i; j++) sum -= a[j]! * correlation[i - j]!;
    const reflection = sum / error;
    const before = a.slice(0, i);
    for (let j = 0; j < i; j++) a[j] = before[j]! - reflection * before[i - 1 - j]!;
    a[i] = reflection;
    error *= 1 - reflection * reflection;
  }
  return a;
}

function predict(prediction: Float64Array, history: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < order; i++) sum += prediction[i]! * history[i]!;
  return sum;
}

/** Latest first. */
function shift(history: Float64Array, value: number): void {
  history.copyWithin(1, 0);
  history[0] = value;
}

/** Puts what a receiver would make of `residual` into `excitation` from `at` on. */
function codeBlock(residual: Float64Array, excitation: Float64Array, at: number): void {
  const { lag, gain } = earlierResidual(residual, excitation, at);
  for (let n = 0; n < residual.length; n++) {
    const predicted = gain * excitation[at + n - lag]!;
    residual[n]! -= predicted;
    excitation[at + n] = predicted;
  }
  const weighted = residual.map((_, n) =>
    weighting.reduce((sum, tap, i) => sum + tap * (residual[n + i - 5] ?? 0), 0),
  );
  const { grid, pulses } = bestGrid(weighted);
  const largest = pulses.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (largest === 0) return;
  for (const [i, value] of pulses.entries()) {
    const n = grid + gridStep * i;
    if (n >= residual.length) continue;
    const level = Math.min(halfLevels - 1, Math.floor((Math.abs(value) / largest) * halfLevels));
    excitation[at + n]! += Math.sign(value) * ((level + 0.5) / halfLevels) * largest;
  }
}

/** The lag at which the earlier residual is most like this one, and the nearest of the gains. */
function earlierResidual(
  residual: Float64Array,
  excitation: Float64Array,
  at: number,
): { readonly lag: number; readonly gain: number } {
  let best = { lag: shortestLag, gain: 0, score: 0 };
  for (let lag = shortestLag; lag <= longestLag; lag++) {
    let product = 0;
    let energy = 1e-12;
    for (let n = 0; n < residual.length; n++) {
      const earlier = excitation[at + n - lag]!;
      product += residual[n]! * earlier;
      energy += earlier * earlier;
    }
    const score = product > 0 ? (product * product) / energy : 0;
    if (score > best.score) best = { lag, gain: product / energy, score };
  }
  const nearest = lagGains.reduce((a, b) => (Math.abs(b - best.gain) < Math.abs(a - best.gain) ? b : a));
  return { lag: best.lag, gain: nearest };
}

/** Of every third sample, from one of four starts: those with the most energy. */
function bestGrid(weighted: Float64Array): { readonly grid: number; readonly pulses: Float64Array } {
  let best = { grid: 0, pulses: new Float64Array(gridLength), energy: -1 };
  for (let grid = 0; grid < grids; grid++) {
    const pulses = Float64Array.from({ length: gridLength }, (_, i) => weighted[grid + gridStep * i] ?? 0);
    const energy = pulses.reduce((sum, value) => sum + value * value, 0);
    if (energy > best.energy) best = { grid, pulses, energy };
  }
  return best;
}
