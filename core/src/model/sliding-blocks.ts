/**
 * The merged sums of the newest blocks of a stream at a constant cost per block, however many a window has: a queue made of two
 * stacks (Tangwongsan, Hirzel and Schneider 2017, "Low-latency sliding-window aggregation in worst-case constant time",
 * section 2), so that sums are merged and nothing is subtracted.
 */
import { FunctionalBlock } from '../features/functionals/functional-block.ts';
import type { FunctionalsPlan } from '../features/functionals/functionals-plan.ts';
import { damaged, type StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';

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

  writeState(writer: StateWriter): void {
    writer.count(this.#back.length);
    for (const block of [...this.#back].reverse()) block.writeState(writer);
    writer.count(this.#front.length);
    for (const block of this.#front) block.writeState(writer);
  }

  /**
   * @param endFrame where the newest block ends
   * @param blockFrames frames of each block
   */
  readState(reader: StateReader, endFrame: number, blockFrames: number): void {
    const read = (end: number, frames: number): FunctionalBlock => {
      const block = new FunctionalBlock(this.#plan);
      block.readState(reader, end, frames);
      if (block.frames !== frames) damaged(`${frames} frames of a window`, block.frames);
      return block;
    };
    const back = reader.count(this.#capacity);
    for (let i = 0; i < back; i++) this.#back.push(read(endFrame - i * blockFrames, blockFrames));
    this.#back.reverse();
    for (const block of this.#back) this.#backSum.merge(block);
    const front = reader.count(this.#capacity - back);
    // Each is the sum of itself and the newer ones.
    for (let i = 0; i < front; i++) {
      this.#front.push(read(endFrame - back * blockFrames, (i + 1) * blockFrames));
    }
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
