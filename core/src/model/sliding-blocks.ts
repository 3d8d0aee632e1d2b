/**
 * The merged sums of the newest blocks of a stream at a constant cost per block, however many a window has: a queue made of two
 * stacks (Tangwongsan, Hirzel and Schneider 2017, "Low-latency sliding-window aggregation in worst-case constant time",
 * section 2), so that sums are merged and nothing is subtracted.
 */
import { FunctionalBlock } from '../features/functionals/functional-block.ts';
import type { FunctionalsPlan } from '../features/functionals/functionals-plan.ts';

/** Memory of a window of `capacity` blocks: sums in double precision, counts of 32 bits. */
export function windowBytes(plan: FunctionalsPlan, capacity: number): number {
  const { sums, trends, histograms } = new FunctionalBlock(plan);
  return (capacity + 2) * (sums.byteLength + trends.byteLength + histograms.byteLength);
}

export class SlidingBlocks {
  readonly #capacity: number;
  readonly #plan: FunctionalsPlan;
  /** Older blocks, newest at the bottom: each entry is the sum of itself and all newer ones of this stack. */
  readonly #front: FunctionalBlock[] = [];
  /** Newer blocks, oldest first. */
  readonly #back: FunctionalBlock[] = [];
  readonly #backSum: FunctionalBlock;
  readonly #total: FunctionalBlock;
  /** Blocks that may be used again. */
  readonly #spare: FunctionalBlock[] = [];

  /** @param capacity blocks of a window */
  constructor(plan: FunctionalsPlan, capacity: number) {
    this.#plan = plan;
    this.#capacity = capacity;
    this.#backSum = new FunctionalBlock(plan);
    this.#total = new FunctionalBlock(plan);
  }

  /** Takes a copy of the next block of the stream; returns the sums of the window it ends, valid until the next call. */
  push(block: FunctionalBlock): FunctionalBlock {
    if (this.#front.length + this.#back.length === this.#capacity) this.#dropOldest();
    const own = this.#spare.pop() ?? new FunctionalBlock(this.#plan);
    own.copyFrom(block);
    this.#back.push(own);
    this.#backSum.merge(own);
    const oldest = this.#front.at(-1);
    if (!oldest) return this.#backSum;
    this.#total.copyFrom(oldest);
    this.#total.merge(this.#backSum);
    return this.#total;
  }

  /** Forgets all but the newest `count` blocks. */
  keepNewest(count: number): void {
    while (this.#front.length + this.#back.length > count) this.#dropOldest();
  }

  #dropOldest(): void {
    if (this.#front.length === 0) {
      while (this.#back.length > 0) {
        const block = this.#back.pop()!;
        const newer = this.#front.at(-1);
        if (newer) block.merge(newer);
        this.#front.push(block);
      }
      this.#backSum.reset();
    }
    this.#spare.push(this.#front.pop()!);
  }
}
