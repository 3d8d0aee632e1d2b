/**
 * The newest part of a segment as a queue of partial sums, so that a sliding window costs one addition per partial sum.
 * They are kept in single precision, which is exact to 1e-7 and half the memory.
 */
import type { PoolSum } from './pool-sum.ts';
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';

/** About so many slots per window: its start is exact to one of them. */
const slotsPerWindow = 25;
/** Rounding makes up to 37 of them; a window that was made longer holds its shorter slots beside the longer ones. */
const mostSlots = 76;

/** The sums of one slot, rounded; see `PoolSum`. */
export interface PoolSlot {
  readonly sums: Float32Array;
  reference: number;
  weight: number;
  steps: number;
}

export class PoolWindow {
  readonly #size: number;
  /** Oldest first. Made as they are needed: most streams are silent most of the time. */
  readonly #slots: PoolSlot[] = [];
  readonly #spare: PoolSlot[] = [];
  #slotSteps = 1;
  #windowSteps = 1;

  /** @param size number of pooled values K */
  constructor(size: number, windowSteps: number) {
    this.#size = size;
    this.resize(windowSteps);
  }

  /** Steps after which a sum is full and should be pushed. */
  get slotSteps(): number {
    return this.#slotSteps;
  }

  /** @param windowSteps length of the window in steps; rounded up to a whole number of slots */
  resize(windowSteps: number): void {
    this.#slotSteps = Math.max(1, Math.round(windowSteps / slotsPerWindow));
    this.#windowSteps = Math.ceil(windowSteps / this.#slotSteps) * this.#slotSteps;
  }

  reset(): void {
    while (this.#slots.length > 0) this.#spare.push(this.#slots.pop()!);
  }

  /** Takes the sum of the next steps. */
  push(sum: PoolSum): void {
    const slot = this.#spare.pop() ?? this.#newSlot();
    sum.writeSlot(slot);
    this.#slots.push(slot);
  }

  /** Forgets what lies before the window when another slot will be full. */
  makeRoom(): void {
    let steps = 0;
    for (const { steps: own } of this.#slots) steps += own;
    while (steps > 0 && steps + this.#slotSteps > this.#windowSteps) {
      const oldest = this.#slots.shift()!;
      steps -= oldest.steps;
      this.#spare.push(oldest);
    }
  }

  /** Adds the window to `total`, oldest steps first. */
  addTo(total: PoolSum): void {
    for (const slot of this.#slots) total.addSlot(slot);
  }

  writeState(writer: StateWriter): void {
    writer.count(this.#slots.length);
    for (const { sums, reference, weight, steps } of this.#slots) {
      writer.count(steps);
      writer.number(reference);
      writer.number(weight);
      writer.array(sums);
    }
  }

  readState(reader: StateReader): void {
    this.reset();
    const slots = reader.count(mostSlots);
    for (let i = 0; i < slots; i++) {
      const slot = this.#newSlot();
      slot.steps = reader.count(2 ** 20);
      slot.reference = reader.number();
      slot.weight = reader.number(0);
      reader.array(slot.sums);
      this.#slots.push(slot);
    }
  }

  #newSlot(): PoolSlot {
    return { sums: new Float32Array(2 * this.#size), reference: 0, weight: 0, steps: 0 };
  }
}
