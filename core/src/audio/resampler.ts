/**
 * Changes the sample rate of a stream without a seam at packet borders: every output sample is one dot product
 * of the same input samples in the same order, however the input is cut. Stop-band at least 80 dB, pass-band flat
 * to 0.1 dB up to 0.9 of the lower Nyquist frequency.
 */
import { UndertoneError } from '../errors.ts';
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';
import { dot, fourDots } from './fir.ts';
import { type ResamplerTable, resamplerTable } from './resampler-table.ts';

/** Streams are narrower (8000 to 48000 Hz, see the protocol); files of any rate are brought there first. */
export const lowestRateHz = 1000;
export const highestRateHz = 384000;

/** Most input samples of a stream: 66 days at 48 kHz, and positions stay exact. */
const mostSamples = 2 ** 38;

/** Input samples kept beyond the filter's own, so that history is moved seldom. */
const spareSamples = 1024;

export class Resampler implements Stateful {
  readonly fromHz: number;
  readonly toHz: number;
  /** Null when the rates are equal. */
  readonly #table: ResamplerTable | null;
  /** The last input samples; `#filled` of them are valid, and the first belongs to input index `#origin`. */
  readonly #history: Float32Array;
  /** History that may be filled; what lies beyond is only read ahead, and stays finite. */
  readonly #capacity: number;
  /** Four outputs of which one is wanted. */
  readonly #four: Float32Array = new Float32Array(4);
  #filled = 0;
  #origin = 0;
  /** Position of the next output: input index `#position` plus `#phase` / up, kept exactly in integers. */
  #position = 0;
  #phase = 0;
  #inputSamples = 0;
  #outputSamples = 0;
  #output: Float32Array = new Float32Array(0);

  /** Throws `bad_parameter` unless both rates are integers in [1000, 384000] Hz. */
  constructor(fromHz: number, toHz = 16000) {
    for (const rate of [fromHz, toHz]) {
      if (!Number.isInteger(rate) || rate < lowestRateHz || rate > highestRateHz) {
        throw new UndertoneError(
          'bad_parameter',
          `sample rate must be an integer in [${lowestRateHz}, ${highestRateHz}] Hz, got ${rate}`,
        );
      }
    }
    this.fromHz = fromHz;
    this.toHz = toHz;
    this.#table = fromHz === toHz ? null : resamplerTable(fromHz, toHz);
    this.#capacity = this.#table === null ? 0 : this.#table.taps + spareSamples;
    // `fourDots` reads up to seven steps past the last tap: padding and the three later outputs.
    this.#history = new Float32Array(this.#table === null ? 0 : this.#capacity + 8 * this.#table.down);
    this.#restart();
  }

  /**
   * Output samples that the finite `samples` complete, valid until the next call; with equal rates `samples` itself.
   * Output n belongs to time n / toHz; it appears once the input reaches about half a filter length past that
   * time (8 kHz: 3.6 ms, 48 kHz: 3.6 ms).
   */
  process(samples: Float32Array): Float32Array {
    const table = this.#table;
    if (table === null) return samples;
    this.#inputSamples += samples.length;
    this.#reserve(Math.ceil(((samples.length + 1) * table.up) / table.down) + 1);
    const written = this.#run(table, samples, samples.length, Number.POSITIVE_INFINITY);
    this.#outputSamples += written;
    return this.#output.subarray(0, written);
  }

  /**
   * The outputs that still waited for input, computed with zeros after the end: all outputs together number
   * ceil(inputs * toHz / fromHz). Afterwards the resampler stands at the start of a new stream.
   */
  flush(): Float32Array {
    const table = this.#table;
    if (table === null) return this.#output;
    const total = Math.ceil((this.#inputSamples * table.up) / table.down);
    const due = total - this.#outputSamples;
    this.#reserve(due);
    const written = this.#run(table, null, table.taps, due);
    this.#restart();
    return this.#output.subarray(0, written);
  }

  writeState(writer: StateWriter): void {
    const table = this.#table;
    if (table === null) return;
    writer.count(this.#inputSamples);
    const needed = this.#position - table.taps / 2 + 1 - this.#origin;
    writer.array(this.#history.subarray(needed, this.#filled));
  }

  readState(reader: StateReader): void {
    const table = this.#table;
    if (table === null) return;
    const { up, down, taps } = table;
    this.#inputSamples = reader.count(mostSamples);
    // All else follows: as many outputs have been given as the input allows.
    const outputs = Math.max(0, Math.ceil(((this.#inputSamples - taps / 2) * up) / down));
    this.#outputSamples = outputs;
    this.#position = Math.floor((outputs * down) / up);
    this.#phase = outputs * down - this.#position * up;
    this.#origin = this.#position - taps / 2 + 1;
    this.#filled = this.#inputSamples - this.#origin;
    reader.array(this.#history.subarray(0, this.#filled));
  }

  /** Puts half a filter of zeros before the first sample. */
  #restart(): void {
    const before = this.#table === null ? 0 : this.#table.taps / 2 - 1;
    this.#history.fill(0, 0, before);
    this.#filled = before;
    this.#origin = -before;
    this.#position = 0;
    this.#phase = 0;
    this.#inputSamples = 0;
    this.#outputSamples = 0;
  }

  #reserve(samples: number): void {
    if (this.#output.length < samples) this.#output = new Float32Array(samples);
  }

  /** Takes `count` samples (zeros if `samples` is null) and writes at most `limit` outputs; returns how many. */
  #run(table: ResamplerTable, samples: Float32Array | null, count: number, limit: number): number {
    const history = this.#history;
    let written = 0;
    let taken = 0;
    for (;;) {
      written = this.#produce(table, written, limit);
      if (taken === count || written === limit) return written;
      const needed = this.#position - table.taps / 2 + 1 - this.#origin;
      if (this.#filled === this.#capacity) {
        history.copyWithin(0, needed, this.#filled);
        this.#filled -= needed;
        this.#origin += needed;
      }
      const room = Math.min(count - taken, this.#capacity - this.#filled);
      if (samples === null) history.fill(0, this.#filled, this.#filled + room);
      else for (let i = 0; i < room; i++) history[this.#filled + i] = samples[taken + i]!;
      this.#filled += room;
      taken += room;
    }
  }

  /** Writes the outputs whose input is complete, from index `written` of the output on. */
  #produce(table: ResamplerTable, written: number, limit: number): number {
    const { up, down, taps, grouped } = table;
    // The last input needed for a position is half a filter later.
    const lastPosition = this.#origin + this.#filled - 1 - taps / 2;
    let n = written;
    if (grouped) {
      const group = 4 * up;
      while (
        n + group <= limit &&
        this.#position + Math.floor((this.#phase + (group - 1) * down) / up) <= lastPosition
      ) {
        for (let i = 0; i < up; i++) {
          this.#fourOutputs(table, this.#output, n + i, up);
          this.#step(table);
        }
        this.#position += 3 * down;
        n += group;
      }
    }
    while (this.#position <= lastPosition && n < limit) {
      if (grouped) {
        // The other three look at samples still to come and are thrown away.
        this.#fourOutputs(table, this.#four, 0, 1);
        this.#output[n++] = this.#four[0]!;
      } else {
        this.#output[n++] = this.#oneOutput(table);
      }
      this.#step(table);
    }
    return n;
  }

  /** Moves the position on by one output. */
  #step({ up, down }: ResamplerTable): void {
    this.#phase += down;
    this.#position += Math.floor(this.#phase / up);
    this.#phase %= up;
  }

  /** The output at the position and those 1, 2 and 3 times `down` inputs later, into output[at + m * stride]. */
  #fourOutputs(table: ResamplerTable, output: Float32Array, at: number, stride: number): void {
    const row = this.#phase;
    const base = this.#position - table.taps / 2 + 1 - this.#origin + table.firstTap[row]!;
    const start = table.rowStart[row]!;
    const taps = table.rowTaps[row]!;
    fourDots(table.coefficients, start, taps, table.down, this.#history, base, output, at, stride);
  }

  /** The output at the position, interpolated between two phases where the table has not all of them. */
  #oneOutput(table: ResamplerTable): number {
    const { phases, up, coefficients, rowStart, rowTaps, firstTap } = table;
    const history = this.#history;
    const base = this.#position - table.taps / 2 + 1 - this.#origin;
    const place = phases === up ? this.#phase : (this.#phase * phases) / up;
    const row = Math.floor(place);
    const fraction = place - row;
    const low = dot(coefficients, rowStart[row]!, history, base + firstTap[row]!, rowTaps[row]!);
    if (fraction === 0) return low;
    const high = dot(coefficients, rowStart[row + 1]!, history, base + firstTap[row + 1]!, rowTaps[row + 1]!);
    return low + (high - low) * fraction;
  }
}
