/**
 * Coefficients of the resampler: a low-pass FIR filter (sinc under a Kaiser window), cut into one short filter
 * per fractional position ("phase") between two input samples.
 *
 * Kaiser, J. F. (1974), "Nonrecursive digital filter design using the I0-sinh window function":
 * beta = 0.1102 (A - 8.7) and width = (A - 7.95) / (14.36 transition) for an attenuation of A dB.
 */
import { toLanes } from './fir.ts';

/** Design attenuation; above the promised 80 dB because coefficients are rounded and interpolated. */
const attenuationDb = 90;
const kaiserBeta = 0.1102 * (attenuationDb - 8.7);

/** The pass-band ends at this fraction of the lower of the two Nyquist frequencies. */
const passEdge = 0.9;
/** Rates with more phases than this are interpolated, so that a table stays under 1 MB whatever the rate. */
const maxExactPhases = 640;
/** Linear interpolation between this many phases errs by at most (pi / 512)^2 / 8 = -106 dB. */
const interpolatedPhases = 512;

/** With at most this many phases, outputs of equal phase are near enough to be computed four at a time. */
const maxGroupedPhases = 16;

export interface ResamplerTable {
  /** Output rate over their greatest common divisor: the number of distinct output positions. */
  readonly up: number;
  /** Input rate over their greatest common divisor. */
  readonly down: number;
  /** Input samples that one output sample depends on; even, half of them after its position. */
  readonly taps: number;
  /** Filters per input sample; equal to `up` when every output position has its own. */
  readonly phases: number;
  /** Whether the rows are laid out for `fourDots` with step `down` (see `fir.ts`) instead of `dot`. */
  readonly grouped: boolean;
  /** All rows, one filter each; row `phases`, one sample later than row 0, serves the interpolation. */
  readonly coefficients: Float32Array;
  /** Where each row begins in `coefficients` `[phases + 1]`. */
  readonly rowStart: Int32Array;
  /** Values of each row, or of each of its lanes if grouped; zeros at the ends of a filter are not stored. */
  readonly rowTaps: Int32Array;
  /** Input samples between the start of the filter and the first tap stored. */
  readonly firstTap: Int32Array;
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Computes the table for integer rates in Hz. */
export function makeResamplerTable(fromHz: number, toHz: number): ResamplerTable {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const up = toHz / divisor;
  const down = fromHz / divisor;
  // Going down, nothing may fold back, so the stop-band begins at the lower Nyquist frequency. Going up, images
  // of the last tenth of the band are let into the tenth above it: half the cost, and for a doubled rate every
  // second output is an input sample.
  const stopEdge = toHz > fromHz ? 2 - passEdge : 1;
  /** Lower Nyquist frequency in units of the input's. */
  const band = Math.min(1, toHz / fromHz);
  const cutoff = 0.5 * (passEdge + stopEdge) * band;
  const halfTaps = Math.ceil((attenuationDb - 7.95) / (14.36 * (stopEdge - passEdge) * 0.5 * band) / 2);
  const taps = 2 * halfTaps;
  const phases = up <= maxExactPhases ? up : interpolatedPhases;
  const peak = besselI0(kaiserBeta);
  /** The filter at a distance of `t` input samples. */
  const filter = (t: number): number => {
    const inside = 1 - (t / halfTaps) ** 2;
    if (inside <= 0) return 0;
    // An exact zero of the sinc is not left to rounding: a doubled rate then copies samples bit for bit.
    const turns = cutoff * t;
    if (turns !== 0 && Number.isInteger(turns)) return 0;
    const sinc = turns === 0 ? 1 : Math.sin(Math.PI * turns) / (Math.PI * turns);
    return (cutoff * sinc * besselI0(kaiserBeta * Math.sqrt(inside))) / peak;
  };
  const grouped = up <= maxGroupedPhases;
  const rowStart = new Int32Array(phases + 1);
  const rowTaps = new Int32Array(phases + 1);
  const firstTap = new Int32Array(phases + 1);
  const coefficients: number[] = [];
  for (let p = 0; p <= phases; p++) {
    const all = Float64Array.from({ length: taps }, (_, j) => filter(p / phases + halfTaps - 1 - j));
    const first = all.findIndex((value) => value !== 0);
    const sum = all.reduce((a, b) => a + b, 0);
    // Every phase passes a constant unchanged.
    const row = all
      .subarray(first, all.findLastIndex((value) => value !== 0) + 1)
      .map((value) => value / sum);
    const { lanes, laneTaps } = grouped ? toLanes(row, down) : { lanes: row, laneTaps: row.length };
    rowStart[p] = coefficients.length;
    rowTaps[p] = laneTaps;
    firstTap[p] = first;
    for (const value of lanes) coefficients.push(value);
  }
  return {
    up,
    down,
    taps,
    phases,
    grouped,
    coefficients: Float32Array.from(coefficients),
    rowStart,
    rowTaps,
    firstTap,
  };
}

const tables = new Map<string, ResamplerTable>();
/** A table is at most 1 MB; clients choose the rate, so the number kept is bounded. */
const maxTables = 12;

/** The table of a pair of rates, computed once and shared by all streams (the least recently used one goes). */
export function resamplerTable(fromHz: number, toHz: number): ResamplerTable {
  const key = `${fromHz}>${toHz}`;
  const table = tables.get(key) ?? makeResamplerTable(fromHz, toHz);
  tables.delete(key);
  tables.set(key, table);
  if (tables.size > maxTables) tables.delete(tables.keys().next().value!);
  return table;
}
