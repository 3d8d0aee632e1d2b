/**
 * The descriptors of each frame, from its raw values: level, MFCC, shape of the mel spectrum, voicing, F0, and how
 * they change. Causal: a change is the regression slope over the last five frames (Furui 1986, "Speaker-independent
 * isolated word recognition using dynamic features of speech spectrum"), so that it describes the sound about 20 ms ago.
 */
import type { StateReader } from '../../stream/state-reader.ts';
import type { StateWriter } from '../../stream/state-writer.ts';
import type { FunctionalsPlan } from './functionals-plan.ts';
import { LevelTracker } from './level-tracker.ts';

/** Frames of a regression, and sum k^2 for k in [-2, 2]. */
const span = 5;
const spanSquares = 10;

/** One per stream and channel. */
export class FrameDescriber {
  /** Descriptors of the frame described last, in the order of the plan; those of pitch only where `voiced`. */
  readonly values: Float64Array;
  /** Whether the frame holds sound; other frames count for pauses only. */
  active = false;
  /** Whether it has a pitch and is within the gate. */
  voiced = false;
  readonly #plan: FunctionalsPlan;
  readonly #levels: LevelTracker;
  readonly #bands: Float64Array;
  /** Bands of the frame before. */
  readonly #before: Float32Array;
  /** Level and MFCC of the last five frames `[5, 1 + coefficients]`, a ring. */
  readonly #history: Float64Array;
  /** log2 F0 of the last five frames of a voiced run, a ring. */
  readonly #pitches = new Float64Array(span);
  #frames = 0;
  #voicedRun = 0;

  constructor(plan: FunctionalsPlan) {
    this.#plan = plan;
    this.values = new Float64Array(plan.descriptors.length);
    this.#levels = new LevelTracker(plan.config.gateDb);
    this.#bands = new Float64Array(plan.bands);
    this.#before = new Float32Array(plan.bands);
    this.#history = new Float64Array(span * (1 + plan.config.coefficients));
  }

  /** Frames described since the start of the stream. */
  get frames(): number {
    return this.#frames;
  }

  /** Describes the raw frame `[bands + 2]` at `offset` of `raw`, the next of the stream. */
  next(raw: Float32Array, offset: number): void {
    const { bands } = this.#plan;
    const f0Hz = raw[offset + bands]!;
    const level = this.#shape(raw, offset);
    const within = this.#levels.accept(level);
    this.voiced = within && f0Hz > 0;
    this.active = within && (f0Hz > 0 || this.#levels.standsOut(level));
    this.#cepstrum(raw, offset, level);
    this.#changes();
    this.#pitch(f0Hz);
    this.#frames++;
  }

  writeState(writer: StateWriter): void {
    this.#levels.writeState(writer);
    for (const values of [this.#before, this.#history, this.#pitches]) writer.array(values);
    writer.count(this.#frames);
    writer.count(this.#voicedRun);
  }

  readState(reader: StateReader): void {
    this.#levels.readState(reader);
    for (const values of [this.#before, this.#history, this.#pitches]) reader.array(values);
    this.#frames = reader.count();
    this.#voicedRun = reader.count(this.#frames);
  }

  /** Shape of the mel spectrum into `values`; returns ln of the power of all bands together. */
  #shape(raw: Float32Array, offset: number): number {
    const { bands, centresHz, config } = this.#plan;
    const power = this.#bands;
    const before = this.#before;
    let sum = 0;
    let moment = 0;
    let logs = 0;
    let squares = 0;
    for (let b = 0; b < bands; b++) {
      const x = raw[offset + b]!;
      const p = Math.exp(x);
      power[b] = p;
      sum += p;
      moment += p * centresHz[b]!;
      logs += x;
      const change = x - before[b]!;
      squares += change * change;
      before[b] = x;
    }
    const centroid = moment / sum;
    let deviation = 0;
    let partial = 0;
    let rollOff = -1;
    for (let b = 0; b < bands; b++) {
      const distance = centresHz[b]! - centroid;
      deviation += power[b]! * distance * distance;
      partial += power[b]!;
      if (rollOff < 0 && partial >= 0.85 * sum) rollOff = b;
    }
    const at = 2 + config.coefficients - 1;
    const values = this.values;
    values[at] = centroid;
    values[at + 1] = Math.sqrt(deviation / sum);
    values[at + 2] = centresHz[rollOff < 0 ? bands - 1 : rollOff]!;
    values[at + 3] = this.#frames === 0 ? 0 : Math.sqrt(squares / bands);
    values[at + 4] = logs / bands - Math.log(sum / bands);
    values[at + 5] = raw[offset + bands + 1]!;
    return Math.log(sum);
  }

  #cepstrum(raw: Float32Array, offset: number, level: number): void {
    const { bands, dct, config } = this.#plan;
    const values = this.values;
    const reference = config.level === 'relative' ? this.#levels.loud : 0;
    values[0] = level - reference;
    for (let k = 0; k < config.coefficients; k++) {
      let sum = 0;
      for (let b = 0, m = k * bands; b < bands; b++, m++) sum += dct[m]! * raw[offset + b]!;
      values[1 + k] = sum;
    }
    values[1] = values[1]! - reference * Math.sqrt(bands);
  }

  /** Regression slopes, in values a frame; before five frames have come, as if the first had been heard before. */
  #changes(): void {
    const { fullCount, config } = this.#plan;
    if (!config.deltas) return;
    const width = 1 + config.coefficients;
    const values = this.values;
    const history = this.#history;
    const newest = this.#frames % span;
    for (let i = 0; i < width; i++) {
      if (this.#frames === 0) for (let k = 0; k < span; k++) history[k * width + i] = values[i]!;
      history[newest * width + i] = values[i]!;
      let sum = 0;
      for (let k = 0; k < span; k++) sum += (k - 2) * history[((newest + 1 + k) % span) * width + i]!;
      values[fullCount + i] = sum / spanSquares;
    }
  }

  /** log2 F0; its slope over the voiced run, at most five frames of it; its step from the frame before. */
  #pitch(f0Hz: number): void {
    const { fullCount, config } = this.#plan;
    if (!this.voiced) {
      this.#voicedRun = 0;
      return;
    }
    const values = this.values;
    const pitches = this.#pitches;
    const run = this.#voicedRun;
    const logF0 = Math.log2(f0Hz);
    values[fullCount - 1] = logF0;
    if (config.deltas) {
      const at = fullCount + 1 + config.coefficients;
      const back = Math.min(run, span - 1);
      values[at] = back === 0 ? 0 : (logF0 - pitches[(run - back) % span]!) / back;
      values[at + 1] = run === 0 ? 0 : Math.abs(logF0 - pitches[(run - 1) % span]!);
    }
    pitches[run % span] = logF0;
    this.#voicedRun++;
  }
}
