import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';

/** A second-order section, y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2], transposed direct form II. */
export interface BiquadCoefficients {
  readonly b: readonly [number, number, number];
  /** a1 and a2; a0 is 1. */
  readonly a: readonly [number, number];
}

/** Arithmetic is float64; one per stream and section. */
export class Biquad {
  readonly #b0: number;
  readonly #b1: number;
  readonly #b2: number;
  readonly #a1: number;
  readonly #a2: number;
  #s1 = 0;
  #s2 = 0;

  constructor({ b, a }: BiquadCoefficients) {
    [this.#b0, this.#b1, this.#b2] = b;
    [this.#a1, this.#a2] = a;
  }

  writeState(writer: StateWriter): void {
    writer.number(this.#s1);
    writer.number(this.#s2);
  }

  readState(reader: StateReader): void {
    this.#s1 = reader.number();
    this.#s2 = reader.number();
  }

  next(x: number): number {
    const y = this.#b0 * x + this.#s1;
    this.#s1 = this.#b1 * x - this.#a1 * y + this.#s2;
    this.#s2 = this.#b2 * x - this.#a2 * y;
    return y;
  }
}
