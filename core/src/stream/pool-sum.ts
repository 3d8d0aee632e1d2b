/**
 * Attention-weighted statistics pooling by sums (statistics pooling: Okabe, Koshinaka and Shinoda 2018,
 * "Attentive statistics pooling", Interspeech). Sums of disjoint spans add, so that any window, the segment so
 * far and the whole call cost a few additions and never a second run of the network.
 */
import type { PoolSlot } from './pool-window.ts';
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';

/** The variance floor that training uses too. */
const varianceFloor = 1e-5;

/** Scores may exceed the reference by this much before the sums are rescaled: exp(16) is harmless in float64. */
const headroom = 16;

export class PoolSum {
  readonly #size: number;
  /** sum of w v, then sum of w v^2, with w = exp(score - reference). */
  readonly #sums: Float64Array;
  #reference = Number.NEGATIVE_INFINITY;
  #weight = 0;
  #steps = 0;

  /** @param size number of pooled values K */
  constructor(size: number) {
    this.#size = size;
    this.#sums = new Float64Array(2 * size);
  }

  /** Steps in the sum. */
  get steps(): number {
    return this.#steps;
  }

  reset(): void {
    if (this.#steps === 0) return;
    this.#sums.fill(0);
    this.#reference = Number.NEGATIVE_INFINITY;
    this.#weight = 0;
    this.#steps = 0;
  }

  copyFrom(other: PoolSum): void {
    this.#sums.set(other.#sums);
    this.#reference = other.#reference;
    this.#weight = other.#weight;
    this.#steps = other.#steps;
  }

  /** Adds one step: K values at `offset` with attention score `score`. */
  addStep(values: Float32Array, offset: number, score: number): void {
    this.#raiseReference(score);
    const weight = Math.exp(score - this.#reference);
    const size = this.#size;
    const sums = this.#sums;
    for (let i = 0; i < size; i++) {
      const v = values[offset + i]!;
      const weighted = weight * v;
      sums[i] = sums[i]! + weighted;
      sums[size + i] = sums[size + i]! + weighted * v;
    }
    this.#weight += weight;
    this.#steps++;
  }

  /** Adds the sums of another, disjoint span. */
  add(other: PoolSum): void {
    this.#addSums(other.#sums, other.#reference, other.#weight, other.#steps);
  }

  /** Adds what `writeSlot` rounded. */
  addSlot({ sums, reference, weight, steps }: PoolSlot): void {
    this.#addSums(sums, reference, weight, steps);
  }

  /** Writes the sums, rounded to single precision. */
  writeSlot(slot: PoolSlot): void {
    slot.sums.set(this.#sums);
    slot.reference = this.#reference;
    slot.weight = this.#weight;
    slot.steps = this.#steps;
  }

  /** The head's input, `[2K]`: weighted mean, then weighted standard deviation. Zeros (and the floor) when empty. */
  meanAndDeviation(): Float32Array {
    const size = this.#size;
    const out = new Float32Array(2 * size);
    const inverse = this.#weight > 0 ? 1 / this.#weight : 0;
    for (let i = 0; i < size; i++) {
      const mean = this.#sums[i]! * inverse;
      const variance = Math.max(this.#sums[size + i]! * inverse - mean * mean, 0);
      out[i] = mean;
      out[size + i] = Math.sqrt(variance + varianceFloor);
    }
    return out;
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#steps);
    if (this.#steps === 0) return;
    writer.number(this.#reference);
    writer.number(this.#weight);
    writer.array(this.#sums);
  }

  readState(reader: StateReader): void {
    this.reset();
    const steps = reader.count(2 ** 40);
    if (steps === 0) return;
    this.#steps = steps;
    this.#reference = reader.number();
    this.#weight = reader.number(0);
    reader.array(this.#sums);
  }

  #addSums(more: Float32Array | Float64Array, reference: number, weight: number, steps: number): void {
    if (steps === 0) return;
    this.#raiseReference(reference);
    const factor = Math.exp(reference - this.#reference);
    const sums = this.#sums;
    for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + factor * more[i]!;
    this.#weight += factor * weight;
    this.#steps += steps;
  }

  #raiseReference(score: number): void {
    if (score <= this.#reference + headroom) return;
    if (this.#steps > 0) {
      const factor = Math.exp(this.#reference - score);
      for (let i = 0; i < this.#sums.length; i++) this.#sums[i] = this.#sums[i]! * factor;
      this.#weight *= factor;
    }
    this.#reference = score;
  }
}
