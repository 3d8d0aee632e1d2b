/**
 * What lies between a voice and its recording, drawn once for a row: the microphone's spectrum, the compression or
 * expansion of its dynamics, a studio's closed pauses; and the pitch of the voice itself, which differs between people
 * and ways of speaking more than one corpus shows.
 */
import type { FeatureConfig } from '@undertone/core';
import type { AugmentationOptions } from './batch-options.ts';
import type { Random } from './random.ts';
import { makeEqualiser } from './room-spectrum.ts';

/** How far pauses are closed in a studio. */
const closedDb = { low: 10, high: 60 };
/** A closed pause opens within 30 ms and closes within 50. */
const opening = 0.4;
const closing = 0.2;
/** Dynamics reach this far down from the loud level, as a logarithm of energy: 30 dB. */
const dynamicsReach = 7;

export class ChannelChange {
  readonly #bands: number;
  readonly #logFloor: number;
  readonly #loud: number;
  /** Added to the logarithm of the energy of each band; null for nothing. */
  readonly #equaliser: Float32Array | null;
  /** Distances from the loud level are multiplied by this. */
  readonly #dynamics: number;
  readonly #pitchFactor: number;
  /** Added to the logarithm of the energy in pauses. */
  readonly #closed: number;

  /** @param loud level of the row's clip, the last of `clipLevels` */
  constructor(
    { logMel }: FeatureConfig,
    options: AugmentationOptions,
    loud: number,
    isStudio: boolean,
    random: Random,
  ) {
    this.#bands = logMel.bands;
    this.#logFloor = Math.log(logMel.energyFloor);
    this.#loud = loud;
    this.#equaliser = random.chance(options.equaliserProbability)
      ? makeEqualiser(logMel.bands, options.equaliserDb, random)
      : null;
    this.#dynamics = random.chance(options.dynamicsProbability)
      ? random.between(options.dynamicsLow, options.dynamicsHigh)
      : 1;
    const octaves = options.pitchShiftOctaves;
    this.#pitchFactor = random.chance(options.pitchShiftProbability)
      ? 2 ** random.between(-octaves, octaves)
      : 1;
    this.#closed = isStudio ? (-random.between(closedDb.low, closedDb.high) * Math.LN10) / 10 : 0;
  }

  /** Changes raw frames in place; digital silence stays silent. @param speech `[frames]`: 1 where there is speech */
  apply(raw: Float32Array, frames: number, rawSize: number, speech: Uint8Array): void {
    const bands = this.#bands;
    let depth = speech[0] === 0 ? 1 : 0;
    for (let t = 0; t < frames; t++) {
      const at = t * rawSize;
      depth = Math.max(0, Math.min(1, depth + (speech[t] === 0 ? closing : -opening)));
      const shift = depth * this.#closed + this.#dynamicsShift(raw, at);
      for (let b = 0; b < bands; b++) {
        const value = raw[at + b]!;
        if (value <= this.#logFloor) continue;
        raw[at + b] = Math.max(this.#logFloor, value + shift + (this.#equaliser?.[b] ?? 0));
      }
      raw[at + bands] = raw[at + bands]! * this.#pitchFactor;
    }
  }

  /** Where the noise floor of a clip lies after that, pauses not closed. @param levels of that clip */
  floor(levels: Float32Array): Float32Array {
    const shift = this.#dynamicsShift(levels, 0);
    return Float32Array.from(
      { length: this.#bands },
      (_, b) => levels[b]! + shift + (this.#equaliser?.[b] ?? 0),
    );
  }

  #dynamicsShift(raw: Float32Array, at: number): number {
    if (this.#dynamics === 1) return 0;
    let energy = 0;
    for (let b = 0; b < this.#bands; b++) energy += Math.exp(raw[at + b]!);
    return (this.#dynamics - 1) * Math.max(-dynamicsReach, Math.log(energy) - this.#loud);
  }
}
