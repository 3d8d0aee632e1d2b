/**
 * Brings a stream to a loudness, causally: the gain follows from the gated loudness of what stood out of the background so
 * far, so that neither pauses nor steady noise raise it and it settles instead of pumping. No sample is delayed; what
 * exceeds full scale is not clipped, as the front end has no full scale.
 */
import { UndertoneError } from '../errors.ts';
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import { absoluteGateDb, relativeGateDb } from './integrated-loudness.ts';
import { LoudnessBlocks, type LoudnessWeighting, levelOf, meanSquareOf } from './loudness-blocks.ts';
import type { SampleStage } from './sample-stage.ts';

export interface LoudnessConfig {
  /** `k`: LUFS of ITU-R BS.1770-4; `none`: root mean square of the active part in dB of full scale. */
  readonly weighting: LoudnessWeighting;
  /** Where speech shall lie, LUFS or dB of full scale, -60 to 0. */
  readonly targetDb: number;
  /** Most that is added or taken away, 0 to 40 dB. */
  readonly maxGainDb: number;
  /** Fastest change of the gain, 0.1 to 100 dB a second. */
  readonly maxSlewDbPerS: number;
  /** Weight of the assumption that the stream is at the target already, in seconds of speech, 0 to 60. */
  readonly priorS: number;
  /** How long speech counts: older blocks fade with this time constant, 1 to 3600 s. */
  readonly memoryS: number;
}

export const defaultLoudnessConfig: LoudnessConfig = {
  weighting: 'k',
  targetDb: -26,
  maxGainDb: 20,
  maxSlewDbPerS: 24,
  priorS: 0.5,
  memoryS: 60,
};

/** Histogram of block levels from the absolute gate up. */
const binDb = 0.25;
const bins = 320;
/** A hop stands out when it lies so far over the running floor, which falls at once and rises slowly. */
const standOutDb = 6;
const floorRiseDbPerHop = 0.2;
/** What loudness lies in the middle of each bin, as a mean square over that of the absolute gate. */
const binPowers = Float64Array.from({ length: bins }, (_, i) => 10 ** (((i + 0.5) * binDb) / 10));

export class LoudnessNormaliser implements SampleStage {
  readonly #config: LoudnessConfig;
  readonly #blocks: LoudnessBlocks;
  /** Faded counts of blocks by level. */
  readonly #counts = new Float64Array(bins);
  readonly #gatePower: number;
  readonly #keep: number;
  #output = new Float32Array(0);
  /** Running minimum of the hops' mean squares. */
  #floor = Number.POSITIVE_INFINITY;
  #gainDb = 0;
  /** The gain of the current hop goes in a straight line from `#gain`, by `#step` a sample. */
  #gain = 1;
  #step = 0;

  /** Throws `bad_parameter` for a number out of its range. */
  constructor(config: LoudnessConfig) {
    checkLoudness(config);
    this.#config = config;
    this.#blocks = new LoudnessBlocks(config.weighting);
    this.#gatePower = meanSquareOf(config.weighting, absoluteGateDb);
    this.#keep = Math.exp(-0.1 / config.memoryS);
  }

  /** Gain at the newest sample. */
  get gain(): number {
    return this.#gain;
  }

  process(samples: Float32Array): Float32Array {
    const blocks = this.#blocks;
    if (this.#output.length < samples.length) this.#output = new Float32Array(samples.length);
    const output = this.#output;
    for (let n = 0; n < samples.length; n++) {
      const sample = samples[n]!;
      this.#gain += this.#step;
      output[n] = Number.isFinite(sample) ? this.#gain * sample : 0;
      if (blocks.add(sample)) this.#endHop();
    }
    return output.subarray(0, samples.length);
  }

  flush(): Float32Array {
    return this.#output.subarray(0, 0);
  }

  writeState(writer: StateWriter): void {
    this.#blocks.writeState(writer);
    writer.sparse(this.#counts);
    for (const value of [this.#floor, this.#gainDb, this.#gain, this.#step]) writer.number(value);
  }

  readState(reader: StateReader): void {
    this.#blocks.readState(reader);
    reader.sparse(this.#counts);
    this.#floor = reader.number(0, Number.POSITIVE_INFINITY);
    const most = this.#config.maxGainDb;
    this.#gainDb = reader.number(-most, most);
    this.#gain = reader.number(0, 1e3);
    this.#step = reader.number(-1e3, 1e3);
  }

  /** Takes the block in and aims the gain. */
  #endHop(): void {
    const { maxSlewDbPerS } = this.#config;
    const hop = this.#blocks.hopMeanSquare();
    // Digital silence must not hold the floor at zero for ever.
    this.#floor = Math.min(Math.max(hop, this.#gatePower), this.#floor * 10 ** (floorRiseDbPerHop / 10));
    if (hop > this.#floor * 10 ** (standOutDb / 10)) this.#count(this.#blocks.earlyMeanSquare());
    const wantedDb = this.#wantedGainDb();
    const mostDb = maxSlewDbPerS / 10;
    // The hop ends where it was aimed at: no rounding gathers.
    this.#gain = 10 ** (this.#gainDb / 20);
    this.#gainDb += Math.max(-mostDb, Math.min(mostDb, wantedDb - this.#gainDb));
    this.#step = (10 ** (this.#gainDb / 20) - this.#gain) / this.#blocks.hopSamples;
  }

  #count(power: number): void {
    for (let i = 0; i < bins; i++) this.#counts[i] = this.#keep * this.#counts[i]!;
    if (!(power > this.#gatePower)) return;
    const bin = Math.min(bins - 1, Math.floor((10 * Math.log10(power / this.#gatePower)) / binDb));
    this.#counts[bin] = this.#counts[bin]! + 1;
  }

  #wantedGainDb(): number {
    const { weighting, targetDb, maxGainDb, priorS } = this.#config;
    const counts = this.#counts;
    let count = 0;
    let sum = 0;
    for (let i = 0; i < bins; i++) {
      count += counts[i]!;
      sum += counts[i]! * binPowers[i]!;
    }
    if (count < 1e-6) return this.#gainDb;
    const gate = (sum / count) * 10 ** (relativeGateDb / 10);
    count = 0;
    sum = 0;
    for (let i = 0; i < bins; i++) {
      if (binPowers[i]! <= gate) continue;
      count += counts[i]!;
      sum += counts[i]! * binPowers[i]!;
    }
    const levelDb = levelOf(weighting, this.#gatePower * (sum / count));
    const trust = count / (count + 10 * priorS);
    return trust * Math.max(-maxGainDb, Math.min(maxGainDb, targetDb - levelDb));
  }
}

/** Throws `bad_parameter` for a number out of its range. */
export function checkLoudness(config: LoudnessConfig): void {
  const ranges = {
    targetDb: [-60, 0],
    maxGainDb: [0, 40],
    maxSlewDbPerS: [0.1, 100],
    priorS: [0, 60],
    memoryS: [1, 3600],
  } as const;
  for (const name of Object.keys(ranges) as (keyof typeof ranges)[]) {
    const [low, high] = ranges[name];
    if (config[name] >= low && config[name] <= high) continue;
    throw new UndertoneError(
      'bad_parameter',
      `loudness.${name} must be in [${low}, ${high}], got ${config[name]}`,
    );
  }
}
