/**
 * Vocal tract length perturbation (Jaitly and Hinton 2013, ICML workshop on deep learning for audio): the formants of a
 * voice move as by a longer or shorter vocal tract while its pitch stays. Done on log-mel bands, where it is a resampling
 * of the band axis.
 */
import type { FeatureConfig } from '@undertone/core';
import type { ClipFeatures } from '../features/clip-features.ts';

/** Up to here the warp is linear: formants lie below. */
const linearToHz = 4800;

export class VocalTractWarp {
  readonly #bands: number;
  /** For each band the lower of the two it is read between, and the share of the upper one. */
  readonly #from: Uint16Array;
  readonly #share: Float32Array;
  readonly #column: Float32Array;

  /** @param factor frequencies of the heard voice over those of the recorded one, about 0.8 to 1.25 */
  constructor({ logMel }: FeatureConfig, factor: number) {
    const { bands, lowHz, highHz } = logMel;
    const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
    const low = mel(lowHz);
    const width = (mel(highHz) - low) / (bands + 1);
    this.#bands = bands;
    this.#from = new Uint16Array(bands);
    this.#share = new Float32Array(bands);
    this.#column = new Float32Array(bands);
    for (let b = 0; b < bands; b++) {
      const centreHz = 700 * (Math.exp((low + (b + 1) * width) / 1127) - 1);
      const recordedHz = warped(centreHz, 1 / factor, Math.min(linearToHz, 0.8 * highHz), highHz);
      const position = Math.max(0, Math.min(bands - 1, (mel(recordedHz) - low) / width - 1));
      this.#from[b] = Math.min(bands - 2, Math.floor(position));
      this.#share[b] = position - this.#from[b]!;
    }
  }

  /** Changes the bands of raw frames and of the clip's noise floor in place. */
  apply({ raw, levels, frames }: ClipFeatures): void {
    const size = frames > 0 ? raw.length / frames : 0;
    for (let t = 0; t < frames; t++) this.#warp(raw, t * size);
    this.#warp(levels, 0);
  }

  #warp(values: Float32Array, at: number): void {
    const column = this.#column;
    for (let b = 0; b < this.#bands; b++) {
      const from = at + this.#from[b]!;
      const share = this.#share[b]!;
      column[b] = (1 - share) * values[from]! + share * values[from + 1]!;
    }
    values.set(column, at);
  }
}

/** Linear by `factor`, then a line that ends at `highHz`. */
function warped(hz: number, factor: number, boundaryHz: number, highHz: number): number {
  const knee = (boundaryHz * Math.min(factor, 1)) / factor;
  if (hz <= knee) return hz * factor;
  const slope = (highHz - knee * factor) / (highHz - knee);
  return highHz - slope * (highHz - hz);
}
