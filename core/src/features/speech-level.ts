/**
 * How loud the speech of a stream is, from what was heard so far. All is relative: another gain moves the result by as
 * much and changes nothing else.
 */
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';

export interface LevelConfig {
  /** Soft lower bound of each log-mel band, relative to the speech level, as a natural logarithm of energy. */
  readonly floor: readonly number[];
  /** Until speech is heard, it is expected this far above what is heard, as a natural logarithm of energy. */
  readonly lead: number;
  /** Voiced frames that make speech. */
  readonly voicedFrames: number;
  /** Voiced frames after which the level becomes an exponential mean, so that long calls can change. */
  readonly memoryFrames: number;
}

/** Neighbouring bands whose logarithms are averaged before energies are added: a quarter of the work of all. */
const bandsPerGroup = 4;

/** Voiced frames count when they are so far above the quietest frame: 10 dB, which hum in the background is not. */
const contrast = Math.LN10;

export class SpeechLevel {
  readonly #bands: number;
  readonly #config: LevelConfig;
  readonly #keep: number;
  #weights = 0;
  #sum = 0;
  #voiced = 0;
  #least = Number.POSITIVE_INFINITY;
  #frame = 0;
  #heard = 0;
  #mean = 0;

  constructor(bands: number, config: LevelConfig) {
    this.#bands = bands;
    this.#config = config;
    this.#keep = 1 - 1 / config.memoryFrames;
  }

  /** Level of the frame that was heard last. */
  get frame(): number {
    return this.#frame;
  }

  /**
   * Hears the frame that starts at `raw[at]` (log-mel bands, then F0 in Hz), and gives the level with it: the mean
   * logarithm of energy of the voiced frames, weighted by their amplitude, so that the loud ones decide and no click
   * does. Noise and silence are hardly ever voiced.
   */
  next(raw: Float32Array, at: number): number {
    const frame = frameLevel(raw, at, this.#bands / 2);
    this.#frame = frame;
    if (frame < this.#least) this.#least = frame;
    if (raw[at + this.#bands]! > 0 && frame > this.#least + contrast) {
      const weight = Math.exp(0.5 * frame);
      this.#weights = this.#weights * this.#keep + weight;
      this.#sum = this.#sum * this.#keep + weight * frame;
      this.#voiced++;
    }
    if (this.#voiced >= this.#config.voicedFrames && this.#voiced > 0) return this.#sum / this.#weights;
    this.#heard++;
    this.#mean += (frame - this.#mean) / this.#heard;
    return this.#mean + this.#config.lead;
  }

  writeState(writer: StateWriter): void {
    for (const value of [this.#weights, this.#sum, this.#least, this.#mean]) writer.number(value);
    writer.count(this.#voiced);
    writer.count(this.#heard);
  }

  readState(reader: StateReader): void {
    this.#weights = reader.number(0);
    this.#sum = reader.number();
    this.#least = reader.number(-Number.MAX_VALUE, Number.POSITIVE_INFINITY);
    this.#mean = reader.number();
    this.#voiced = reader.count();
    this.#heard = reader.count();
  }
}

/**
 * Natural logarithm of the sum of the energies of the groups of the first bands, each the geometric mean of its bands. The
 * lower half of the bands, to 2 kHz, holds the voice; the upper half is where noise outweighs it.
 */
function frameLevel(raw: Float32Array, at: number, bands: number): number {
  let energy = 0;
  for (let start = 0; start < bands; start += bandsPerGroup) {
    const end = Math.min(bands, start + bandsPerGroup);
    let sum = 0;
    for (let b = start; b < end; b++) sum += raw[at + b]!;
    energy += Math.exp(sum / (end - start));
  }
  return Math.log(energy);
}

/**
 * A smooth maximum of `x` and `y`, the hyperbola with both as asymptotes; where they meet it is ln 2 above them, as the
 * logarithm of the sum of two equal energies is.
 */
export function smoothMaximum(x: number, y: number): number {
  const difference = x - y;
  return 0.5 * (x + y + Math.sqrt(difference * difference + 1.9218));
}
