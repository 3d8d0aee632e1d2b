/**
 * Another recording chain, in the power domain of the mel bands: another channel; a random part of the recording's own
 * floor taken out and the floor of another room added; or all of it taken out and the pauses closed, as in a studio. Corpora differ most in the floor behind the speech. Within one corpus the floor is constant, so that its
 * distance from the speech tells how loud somebody spoke: a model that has met only one corpus takes the silence of
 * every studio for anger.
 */
import type { FeatureConfig } from '@undertone/core';
import type { AugmentationOptions } from './batch-options.ts';
import { ChannelChange } from './channel-change.ts';
import { Random } from './random.ts';
import { fluctuations, makeSpectrum, voiceWeights } from './room-spectrum.ts';

/** What remains of a band where its floor was all it held: -30 dB. */
const remainder = 1e-3;
/** Mean of a noise band over its 10th percentile is taken as 3 dB. */
const meanOverPercentile = 2;
/** In a studio: how many times the floor is taken out, what remains of it, how deep the new one lies. */
const studio = { degree: { low: 2, high: 6 }, remainder: 1e-5, underDb: { low: 35, high: 85 } };

/** The strength under which frames are taken for unvoiced. */
const leastVoicedStrength = 0.42;

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
  readonly #remainder: number;
  readonly #channel: ChannelChange;
  readonly #fluctuation: Float32Array;
  /** What each band counts in the pitch tracker. */
  readonly #voice: Float32Array;
  readonly #random: Random;
  /** Fluctuation of each band, correlated over time as overlapping windows are. */
  readonly #state: Float32Array;

  /**
   * @param levels of the row's clip: noise floor of each band, then loud level (`clipLevels`)
   * @param isNoisy whether the row is heard in noise: it stays, and another background is only added
   */
  constructor(
    features: FeatureConfig,
    options: AugmentationOptions,
    levels: Float32Array,
    random: Random,
    isNoisy = false,
  ) {
    const { bands, energyFloor } = features.logMel;
    this.#bands = bands;
    this.#logFloor = Math.log(energyFloor);
    this.#random = random;
    const gainDb = random.chance(options.wideGainProbability)
      ? random.between(options.wideGainLowDb, options.wideGainHighDb)
      : random.between(-options.narrowGainDb, options.narrowGainDb);
    this.#gain = nepers(gainDb);
    this.#fluctuation = fluctuations(features);
    this.#state = new Float32Array(bands);
    const isStudio = !isNoisy && random.chance(options.studioProbability);
    this.#voice = voiceWeights(features);
    this.#channel = new ChannelChange(features, options, levels[bands]!, isStudio, random);
    const isReplaced = isStudio || random.chance(options.backgroundProbability);
    this.#degree = isStudio
      ? random.between(studio.degree.low, studio.degree.high)
      : isNoisy
        ? 0
        : random.uniform() * meanOverPercentile;
    this.#remainder = isStudio ? studio.remainder : remainder;
    const underDb = isStudio
      ? random.between(studio.underDb.low, studio.underDb.high)
      : random.between(options.backgroundLowDb, options.backgroundHighDb);
    this.#background = isReplaced
      ? makeSpectrum(bands, Math.exp(levels[bands]! + this.#gain + nepers(-underDb)), random)
      : null;
  }

  /**
   * Changes raw frames `[frames, rawSize]` in place.
   * @param levels of the clip that the frames come from
   * @param speech `[frames]`: 1 where there is speech
   */
  apply(raw: Float32Array, frames: number, rawSize: number, levels: Float32Array, speech: Uint8Array): void {
    this.#channel.apply(raw, frames, rawSize, speech);
    if (this.#background) this.#applyBackground(raw, frames, rawSize, levels, this.#background);
    else if (this.#gain !== 0) this.#applyGain(raw, frames, rawSize);
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
    const ownFloor = this.#channel.floor(levels);
    const before = new Float32Array(frames);
    const after = new Float32Array(frames);
    for (let b = 0; b < this.#bands; b++) {
      const own = this.#degree * Math.exp(ownFloor[b]!);
      const sigma = this.#fluctuation[b]!;
      const mean = background[b]! * Math.exp(-0.5 * sigma * sigma);
      const weight = this.#voice[b]!;
      let z = state[b]!;
      for (let t = 0; t < frames; t++) {
        const at = t * rawSize + b;
        const energy = Math.exp(raw[at]!);
        z = 0.5 * z + 0.866 * normalTable[(this.#random.uniform() * 4096) | 0]!;
        const clean = gain * Math.max(energy - own, this.#remainder * energy);
        const heard = Math.max(energyFloor, clean + mean * Math.exp(sigma * z));
        raw[at] = Math.log(heard);
        before[t]! += weight * gain * energy;
        after[t]! += weight * heard;
      }
      state[b] = z;
    }
    this.#maskPitch(raw, frames, rawSize, before, after);
  }

  /** A correlation is of what repeats over all there is: what is added and does not repeat makes it smaller. */
  #maskPitch(
    raw: Float32Array,
    frames: number,
    rawSize: number,
    before: Float32Array,
    after: Float32Array,
  ): void {
    for (let t = 0; t < frames; t++) {
      if (after[t]! <= before[t]!) continue;
      const at = t * rawSize + this.#bands;
      raw[at + 1] = (raw[at + 1]! * before[t]!) / after[t]!;
      if (raw[at + 1]! < leastVoicedStrength) raw[at] = 0;
    }
  }
}

function nepers(decibels: number): number {
  return (decibels * Math.LN10) / 10;
}
