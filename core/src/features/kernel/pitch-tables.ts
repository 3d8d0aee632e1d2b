/** Constants and tables of the pitch tracker, shared by its plain JavaScript form and the WebAssembly kernel. */
import { UndertoneError } from '../../errors.ts';
import type { FeatureConfig } from '../feature-config.ts';

/** The tracker works on the voice's lowest harmonics, at a quarter of the sample rate. */
export const decimation = 4;
/** Taps of the low-pass filter before decimation; a multiple of 4. */
export const lowPassTaps = 32;
/** Blocks of one hop whose products are added up to one correlation. */
export const correlationBlocks = 3;
/** Taps of the interpolator that doubles the resolution of the correlation. */
export const interpolationTaps = 8;
/** Hypotheses kept from frame to frame. */
export const maxCandidates = 6;

export interface PitchTuning {
  /** -6 dB point of the low-pass filter. */
  readonly lowPassHz: number;
  /** Pole of the two cascaded first-order high-pass filters that remove offset and rumble. */
  readonly highPassPole: number;
  /** Weights of the blocks, oldest first. */
  readonly blockWeights: readonly number[];
  /** Root mean square (full scale is 1) below which a signal counts less and less as periodic. */
  readonly ballastRms: number;
  /** Correlation peaks below this are no candidates. */
  readonly minPeak: number;
  /** Score of the hypothesis that the frame is unvoiced. */
  readonly unvoicedScore: number;
  /** Score taken off per octave of the lag, so that a period wins against its multiples. */
  readonly octaveCost: number;
  /** Score taken off per octave of change from one frame to the next. */
  readonly jumpCost: number;
  /** Score taken off for a change between voiced and unvoiced. */
  readonly voicingChangeCost: number;
  /** Share of the accumulated score that the next frame inherits. */
  readonly memory: number;
}

export const pitchTuning: PitchTuning = {
  lowPassHz: 1300,
  highPassPole: 0.96,
  blockWeights: [0.4, 1, 0.6],
  ballastRms: 4e-5,
  minPeak: 0.3,
  unvoicedScore: 0.48,
  octaveCost: 0.01,
  jumpCost: 0.9,
  voicingChangeCost: 0.35,
  memory: 0.95,
};

export interface PitchTables {
  readonly tuning: PitchTuning;
  /** Sample rate after decimation. */
  readonly rateHz: number;
  /** Decimated samples per hop. */
  readonly hop: number;
  /** Lowest computed lag in decimated samples; some lags lie outside the range for the interpolator's sake. */
  readonly firstLag: number;
  /** Number of computed lags, a multiple of 32. */
  readonly lags: number;
  /** Highest computed lag. */
  readonly lastLag: number;
  /** Lag of the ceiling, in decimated samples. */
  readonly shortestLag: number;
  /**
   * Points of the refined correlation that may become F0. Point k has the lag `lastLag - k / 2`; on both sides lie
   * points enough for its neighbours to be interpolated.
   */
  readonly firstPoint: number;
  readonly lastPoint: number;
  /** Symmetric low-pass filter of unit gain at 0 Hz `[lowPassTaps]`. */
  readonly lowPass: Float64Array;
  /** Weights of lags l - 3 ... l + 4 for the value at l + 1/2 `[interpolationTaps]`. */
  readonly interpolation: Float64Array;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Hamming-windowed sinc of unit sum (Oppenheim and Schafer, Discrete-Time Signal Processing, 7.5). */
function windowedSinc(taps: number, cyclesPerSample: number): Float64Array {
  const filter = new Float64Array(taps);
  let sum = 0;
  for (let i = 0; i < taps; i++) {
    const t = i - (taps - 1) / 2;
    filter[i] = sinc(2 * cyclesPerSample * t) * (0.54 + 0.46 * Math.cos((2 * Math.PI * t) / taps));
    sum += filter[i]!;
  }
  return filter.map((tap) => tap / sum);
}

/** Throws `bad_parameter` when the pitch range is empty or cannot be measured. */
export function makePitchTables(config: FeatureConfig, tuning: PitchTuning = pitchTuning): PitchTables {
  const { floorHz, ceilingHz } = config.pitch;
  if (!(floorHz >= 40 && floorHz < ceilingHz && ceilingHz <= 1000)) {
    throw new UndertoneError(
      'bad_parameter',
      `pitch range must satisfy 40 <= floorHz < ceilingHz <= 1000, got ${floorHz}..${ceilingHz}`,
    );
  }
  const rateHz = config.sampleRate / decimation;
  const margin = interpolationTaps / 2;
  const shortestLag = rateHz / ceilingHz;
  const longestLag = rateHz / floorHz;
  const firstLag = Math.floor(shortestLag) - margin;
  const lags = Math.ceil((Math.ceil(longestLag) + margin - firstLag + 1) / 32) * 32;
  const lastLag = firstLag + lags - 1;
  return {
    tuning,
    rateHz,
    hop: config.hopSamples / decimation,
    firstLag,
    lags,
    lastLag,
    shortestLag,
    firstPoint: Math.ceil(2 * (lastLag - longestLag)),
    lastPoint: Math.floor(2 * (lastLag - shortestLag)),
    lowPass: windowedSinc(lowPassTaps, tuning.lowPassHz / config.sampleRate),
    interpolation: windowedSinc(interpolationTaps, 0.5),
  };
}
