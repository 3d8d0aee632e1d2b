/**
 * Noise-floor randomisation, in the power domain of the mel bands: takes out a random part of the recording's own floor
 * and adds the floor of another room. Corpora differ most in the floor behind the speech, and a model that has met only
 * one floor takes every other for an emotion.
 */
import type { FeatureConfig } from '@undertone/core';
import type { AugmentationOptions } from './batch-options.ts';
import { Random } from './random.ts';

/** What remains of a band where its floor was all it held: -30 dB. */
const remainder = 1e-3;
/** Mean of a noise band over its 10th percentile is taken as 3 dB. */
const meanOverPercentile = 2;

const normalTable: Float32Array = Float32Array.from(
  { length: 4096 },
  (
    (random) => () =>
      random.normal()
  )(new Random('normal')),
);

/** One row's change of level and background; the same for all audio of the row, as of one call. */
export class RoomChange {
  readonly #bands: number;
  readonly #logFloor: number;
  /** Added to the logarithm of the energy. */
  readonly #gain: number;
  /** Null where the background stays. */
  readonly #background: Float32Array | null;
  readonly #degree: number;
  readonly #fluctuation: Float32Array;
  readonly #random: Random;
  /** Fluctuation of each band, correlated over time as overlapping windows are. */
  readonly #state: Float32Array;

  /** @param levels of the row's clip: noise floor of each band, then loud level (`clipLevels`) */
  constructor(features: FeatureConfig, options: AugmentationOptions, levels: Float32Array, random: Random) {
    const { bands, energyFloor } = features.logMel;
    this.#bands = bands;
    this.#logFloor = Math.log(energyFloor);
    this.#random = random;
    const gainDb = random.chance(options.wideGainProbability)
      ? random.between(options.wideGainLowDb, options.wideGainHighDb)
      : random.between(-options.narrowGainDb, options.narrowGainDb);
    this.#gain = (gainDb * Math.LN10) / 10;
    this.#degree = random.uniform() * meanOverPercentile;
    this.#fluctuation = fluctuations(features);
    this.#state = new Float32Array(bands);
    const underDb = random.between(options.backgroundLowDb, options.backgroundHighDb);
    this.#background = random.chance(options.backgroundProbability)
      ? makeSpectrum(bands, Math.exp(levels[bands]! + this.#gain) * 10 ** (-underDb / 10), random)
      : null;
  }

  /**
   * Changes raw frames `[frames, rawSize]` in place; pitch stays as it was heard.
   * @param levels of the clip that the frames come from
   */
  apply(raw: Float32Array, frames: number, rawSize: number, levels: Float32Array): void {
    if (this.#background) this.#applyBackground(raw, frames, rawSize, levels, this.#background);
    else this.#applyGain(raw, frames, rawSize);
  }

  #applyGain(raw: Float32Array, frames: number, rawSize: number): void {
    const floor = this.#logFloor;
    for (let t = 0; t < frames; t++) {
      for (let at = t * rawSize; at < t * rawSize + this.#bands; at++) {
        const value = raw[at]!;
        // What lies on the floor is digital silence at any gain.
        raw[at] = value <= floor ? floor : Math.max(floor, value + this.#gain);
      }
    }
  }

  #applyBackground(
    raw: Float32Array,
    frames: number,
    rawSize: number,
    levels: Float32Array,
    background: Float32Array,
  ): void {
    const gain = Math.exp(this.#gain);
    const energyFloor = Math.exp(this.#logFloor);
    const state = this.#state;
    for (let b = 0; b < this.#bands; b++) {
      const own = this.#degree * Math.exp(levels[b]!);
      const sigma = this.#fluctuation[b]!;
      const mean = background[b]! * Math.exp(-0.5 * sigma * sigma);
      let z = state[b]!;
      for (let t = 0; t < frames; t++) {
        const at = t * rawSize + b;
        const energy = Math.exp(raw[at]!);
        z = 0.5 * z + 0.866 * normalTable[(this.#random.uniform() * 4096) | 0]!;
        const clean = gain * Math.max(energy - own, remainder * energy);
        raw[at] = Math.log(Math.max(energyFloor, clean + mean * Math.exp(sigma * z)));
      }
      state[b] = z;
    }
  }
}

/** Energy of each band of a random smooth spectrum whose bands sum to `total`. */
function makeSpectrum(bands: number, total: number, random: Random): Float32Array {
  // From falling steeply (rumble, hum) to rising (hiss): nepers from the lowest band to the highest.
  const tilt = random.between(-8, 2.5);
  const waves = [1, 2, 3, 4].map((cycles) => ({
    cycles,
    height: random.normal() * 1.2,
    phase: random.between(0, 2 * Math.PI),
  }));
  const spectrum = new Float32Array(bands);
  let sum = 0;
  for (let b = 0; b < bands; b++) {
    const x = b / bands;
    let log = tilt * x;
    for (const { cycles, height, phase } of waves) {
      log += (height / cycles) * Math.cos(2 * Math.PI * cycles * x + phase);
    }
    spectrum[b] = Math.exp(log);
    sum += spectrum[b]!;
  }
  return spectrum.map((energy) => (energy * total) / sum);
}

/**
 * Standard deviation of the logarithm of a noise band's energy (log-normal with the variance of a mean of k exponential
 * variables, k being the independent bins in the band: 64 Hz each with a Hann window of 25 ms).
 */
function fluctuations({ logMel }: FeatureConfig): Float32Array {
  const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
  const hz = (value: number): number => 700 * (Math.exp(value / 1127) - 1);
  const low = mel(logMel.lowHz);
  const width = (mel(logMel.highHz) - low) / (logMel.bands + 1);
  return Float32Array.from({ length: logMel.bands }, (_, b) => {
    const bandwidthHz = hz(low + (b + 1.5) * width) - hz(low + (b + 0.5) * width);
    return Math.sqrt(Math.log(1 + 1 / Math.max(1, bandwidthHz / 64)));
  });
}
