/**
 * Changes the sample rate of a stream without a seam at packet borders: every output sample is one dot product
 * of the same input samples in the same order, however the input is cut. Stop-band at least 80 dB, pass-band flat
 * to 0.1 dB up to 0.9 of the lower Nyquist frequency.
 */
import { UndertoneError } from '../errors.ts';
import { type ResamplerTable, resamplerTable } from './resampler-table.ts';

export const lowestRateHz = 8000;
export const highestRateHz = 48000;

/** Input samples kept beyond the filter's own, so that history is moved seldom. */
const spareSamples = 1024;

export class Resampler {
  readonly fromHz: number;
  readonly toHz: number;
  /** Null when the rates are equal. */
  readonly #table: ResamplerTable | null;
  /** The last input samples; `#filled` of them are valid, and the first belongs to input index `#origin`. */
  readonly #history: Float32Array;
  #filled = 0;
  #origin = 0;
  /** Position of the next output: input index `#position` plus `#phase` / up, kept exactly in integers. */
  #position = 0;
  #phase = 0;
  #inputSamples = 0;
  #outputSamples = 0;
  #output: Float32Array = new Float32Array(0);

  /** Throws `bad_parameter` unless both rates are integers in [8000, 48000] Hz. */
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
    this.#history = new Float32Array(this.#table === null ? 0 : this.#table.taps + spareSamples);
    this.#restart();
  }

  /**
   * Output samples that `samples` completes, valid until the next call; with equal rates `samples` itself.
   * Output n belongs to time n / toHz; it appears once the input reaches about half a filter length past that
   * time (8 kHz: 3.6 ms, 48 kHz: 3.6 ms).
   */
  process(samples: Float32Array): Float32Array {
    const table = this.#table;
    if (table === null) return samples;
    this.#inputSamples += samples.length;
    this.#reserve(Math.ceil(((samples.length + 1) * table.up) / table.down) + 1);
    const written = this.#run(table, samples, samples.length, 0, Number.POSITIVE_INFINITY);
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
    const written = this.#run(table, null, table.taps, 0, due);
    this.#restart();
    return this.#output.subarray(0, written);
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
  #run(
    table: ResamplerTable,
    samples: Float32Array | null,
    count: number,
    start: number,
    limit: number,
  ): number {
    const history = this.#history;
    let written = start;
    let taken = 0;
    for (;;) {
      written = this.#produce(table, written, limit);
      if (taken === count || written === limit) return written;
      const needed = this.#position - table.taps / 2 + 1 - this.#origin;
      if (this.#filled === history.length) {
        history.copyWithin(0, needed, this.#filled);
        this.#filled -= needed;
        this.#origin += needed;
      }
      const room = Math.min(count - taken, history.length - this.#filled);
      if (samples === null) history.fill(0, this.#filled, this.#filled + room);
      else for (let i = 0; i < room; i++) history[this.#filled + i] = samples[taken + i]!;
      this.#filled += room;
      taken += room;
    }
  }

  /** Writes the outputs whose input is complete, from index `written` of the output on. */
  #produce(table: ResamplerTable, written: number, limit: number): number {
    const { up, down, taps, phases, coefficients, firstTap, endTap } = table;
    const half = taps / 2;
    const history = this.#history;
    const output = this.#output;
    const exact = phases === up;
    const wholeStep = Math.floor(down / up);
    const phaseStep = down % up;
    let n = written;
    let position = this.#position;
    let phase = this.#phase;
    // The last input needed for a position is `position + half`.
    const lastPosition = this.#origin + this.#filled - 1 - half;
    while (position <= lastPosition && n < limit) {
      const base = position - half + 1 - this.#origin;
      if (exact) {
        output[n++] = dot(coefficients, phase * taps, history, base, firstTap[phase]!, endTap[phase]!);
      } else {
        const place = (phase * phases) / up;
        const row = Math.floor(place);
        const fraction = place - row;
        const low = dot(coefficients, row * taps, history, base, firstTap[row]!, endTap[row]!);
        const high = dot(coefficients, (row + 1) * taps, history, base, firstTap[row + 1]!, endTap[row + 1]!);
        output[n++] = low + (high - low) * fraction;
      }
      position += wholeStep;
      phase += phaseStep;
      if (phase >= up) {
        phase -= up;
        position++;
      }
    }
    this.#position = position;
    this.#phase = phase;
    return n;
  }
}

/** sum of coefficients[row + j] * history[base + j] over j in [first, end), in four interleaved partial sums. */
function dot(
  coefficients: Float32Array,
  row: number,
  history: Float32Array,
  base: number,
  first: number,
  end: number,
): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let j = first;
  for (; j + 3 < end; j += 4) {
    const h = base + j;
    const w = row + j;
    a += coefficients[w]! * history[h]!;
    b += coefficients[w + 1]! * history[h + 1]!;
    c += coefficients[w + 2]! * history[h + 2]!;
    d += coefficients[w + 3]! * history[h + 3]!;
  }
  for (; j < end; j++) a += coefficients[row + j]! * history[base + j]!;
  return a + b + (c + d);
}
