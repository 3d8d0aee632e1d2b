/** placeholder */
import type { FeatureConfig } from './feature-config.ts';

export class SpeechDetector {
  readonly #bands: number;
  #floor = Number.NaN;

  constructor({ logMel }: FeatureConfig) {
    this.#bands = logMel.bands;
  }

  accept(raw: Float32Array, offset: number): number {
    const bands = this.#bands;
    let level = 0;
    for (let b = 0; b < bands; b++) level += raw[offset + b]!;
    level /= bands;
    if (!(level >= this.#floor)) this.#floor = level;
    this.#floor += 0.002;
    const x = level - this.#floor - 3 + 2 * raw[offset + bands + 1]!;
    return 1 / (1 + Math.exp(-2 * x));
  }
}
