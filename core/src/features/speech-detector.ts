/**
 * Speech detection for models without a speech head: causal, from raw frames. How far the bands of voiced sounds stand over
 * their tracked noise floor, how near the frame is to the loud level, voicing, and how much the bands change, which tells a
 * voice from a tone; weighed by logistic regression. The weights were fitted to energy targets of CREMA-D's training
 * speakers, clean, in noise, on the telephone and at gains of -23 to +10 dB, and to generated sounds that are no speech;
 * nothing in them is an absolute level.
 */
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { FeatureConfig } from './feature-config.ts';
import { hzToMel } from './mel.ts';

/** Bands with their centre in here are listened to. */
const lowHz = 120;
const highHz = 2120;

/** The floor of a band follows a fall by this share in a frame, and rises by 0.005 (natural logarithm): 2.2 dB a second. */
const floorFall = 0.1;
const floorRise = 0.005;
/** A band counts for at most 5 (22 dB) over its floor: one loud tone is no speech. */
const mostOverFloor = 5;
/** The loud level rises by this share in a frame and falls by 0.0023: 1 dB a second. */
const loudRise = 0.3;
const loudFall = 0.0023;
/** A band's distance from its slow mean counts for at most 4. */
const mostChange = 4;
/** Share of the newest frame in slow means: about 200 ms. */
const slow = 0.05;

const bias = -4.4;
const overFloorWeight = 0.94;
const voicingWeight = 0.27;
const slowVoicingWeight = 1.42;
const loudWeight = 0.74;
const changeWeight = 1.38;
const voicedChangeWeight = 3.46;

/** One per stream and channel. */
export class SpeechDetector {
  readonly #bands: number;
  /** Bands that are listened to. */
  readonly #first: number;
  readonly #end: number;
  readonly #floor: Float64Array;
  /** Slow mean of each band. */
  readonly #mean: Float64Array;
  #started = false;
  /** Mean over the bands of the natural logarithm of power, where it was loud. */
  #loud = 0;
  #overFloor = 0;
  #voicing = 0;
  #change = 0;

  constructor({ logMel }: FeatureConfig) {
    const { bands } = logMel;
    this.#bands = bands;
    const lowMel = hzToMel(logMel.lowHz);
    const stepMel = (hzToMel(logMel.highHz) - lowMel) / (bands + 1);
    const bandOf = (hz: number): number => Math.ceil((hzToMel(hz) - lowMel) / stepMel - 1);
    this.#first = Math.max(0, Math.min(bands - 1, bandOf(lowHz)));
    this.#end = Math.max(this.#first + 1, Math.min(bands, bandOf(highHz)));
    this.#floor = new Float64Array(bands);
    this.#mean = new Float64Array(bands);
  }

  /** The probability that the raw frame `[bands + 2]` at `offset` of `raw`, the next of the stream, holds speech. */
  accept(raw: Float32Array, offset: number): number {
    const count = this.#end - this.#first;
    const floor = this.#floor;
    const means = this.#mean;
    let over = 0;
    let level = 0;
    let change = 0;
    for (let b = this.#first; b < this.#end; b++) {
      const x = raw[offset + b]!;
      let f = this.#started ? floor[b]! : x;
      f = x < f ? f + floorFall * (x - f) : Math.min(x, f + floorRise);
      floor[b] = f;
      over += Math.min(x - f, mostOverFloor);
      level += x;
      const mean = this.#started ? means[b]! : x;
      change += Math.min(Math.abs(x - mean), mostChange);
      means[b] = mean + slow * (x - mean);
    }
    over /= count;
    level /= count;
    if (!this.#started) this.#loud = level;
    this.#started = true;
    this.#loud =
      level > this.#loud
        ? this.#loud + loudRise * (level - this.#loud)
        : Math.max(level, this.#loud - loudFall);
    const voicing = raw[offset + this.#bands + 1]!;
    this.#overFloor += slow * (over - this.#overFloor);
    this.#voicing += slow * (voicing - this.#voicing);
    this.#change += slow * (change / count - this.#change);
    const logit =
      bias +
      overFloorWeight * this.#overFloor +
      voicingWeight * voicing +
      slowVoicingWeight * this.#voicing +
      loudWeight * (level - this.#loud) +
      changeWeight * this.#change +
      voicedChangeWeight * this.#change * this.#voicing;
    return 1 / (1 + Math.exp(-logit));
  }

  writeState(writer: StateWriter): void {
    writer.flag(this.#started);
    writer.array(this.#floor.subarray(this.#first, this.#end));
    writer.array(this.#mean.subarray(this.#first, this.#end));
    for (const value of [this.#loud, this.#overFloor, this.#voicing, this.#change]) writer.number(value);
  }

  readState(reader: StateReader): void {
    this.#started = reader.flag();
    reader.array(this.#floor.subarray(this.#first, this.#end));
    reader.array(this.#mean.subarray(this.#first, this.#end));
    this.#loud = reader.number();
    this.#overFloor = reader.number();
    this.#voicing = reader.number();
    this.#change = reader.number();
  }
}
