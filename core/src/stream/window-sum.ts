/** The newest `windowSteps` steps as a ring of partial sums, so that a sliding window costs one addition per slot. */
import { PoolSum } from './pool-sum.ts';

/** About so many slots per window: its start is exact to one of them. */
const slotsPerWindow = 25;

export class WindowSum {
  /** Made as they are needed: most streams are silent most of the time. */
  readonly #slots: PoolSum[];
  readonly #maxSlots: number;
  readonly #size: number;
  readonly #slotSteps: number;
  readonly #total: PoolSum;
  #newest = 0;

  /**
   * @param size number of pooled values K
   * @param windowSteps length of the window in steps; rounded up to a whole number of slots
   */
  constructor(size: number, windowSteps: number) {
    this.#slotSteps = Math.max(1, Math.round(windowSteps / slotsPerWindow));
    this.#maxSlots = Math.max(1, Math.ceil(windowSteps / this.#slotSteps));
    this.#size = size;
    this.#slots = [new PoolSum(size)];
    this.#total = new PoolSum(size);
  }

  reset(): void {
    for (const slot of this.#slots) slot.reset();
    this.#newest = 0;
  }

  addStep(values: Float32Array, offset: number, score: number): void {
    if (this.#slots[this.#newest]!.steps === this.#slotSteps) {
      this.#newest = (this.#newest + 1) % this.#maxSlots;
      if (this.#newest === this.#slots.length) this.#slots.push(new PoolSum(this.#size));
      else this.#slots[this.#newest]!.reset();
    }
    this.#slots[this.#newest]!.addStep(values, offset, score);
  }

  /** The sum over the window; valid until the next call. Partial sums are added, oldest first, never subtracted. */
  total(): PoolSum {
    this.#total.reset();
    for (let i = 1; i <= this.#slots.length; i++) {
      this.#total.add(this.#slots[(this.#newest + i) % this.#slots.length]!);
    }
    return this.#total;
  }
}
