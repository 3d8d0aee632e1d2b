/**
 * What is pooled of one channel: the whole of it, the open segment, the segment without its last pause, the newest part of
 * it. Each step is added once, to a slot of a few steps; full slots are added to the rest.
 */
import { PoolSum } from './pool-sum.ts';
import { PoolWindow } from './pool-window.ts';
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';

/** Sums that are asked for are put together here; one for each size, for all channels of the thread. */
const scratch = new Map<number, PoolSum>();

export class ChannelPool {
  readonly #size: number;
  readonly #channel: PoolSum;
  readonly #slot: PoolSum;
  readonly #window: PoolWindow;
  /** Made with the first segment. */
  #segment: PoolSum | null = null;
  /** The segment up to its last pause; made with the first pause. */
  #beforePause: PoolSum | null = null;

  /** @param size number of pooled values K */
  constructor(size: number, windowSteps: number) {
    this.#size = size;
    this.#channel = new PoolSum(size);
    this.#slot = new PoolSum(size);
    this.#window = new PoolWindow(size, windowSteps);
  }

  /** From here on the sliding window has `windowSteps` steps; it grows to that as they come. */
  resizeWindow(windowSteps: number, inSegment: boolean): void {
    this.#endSlot(inSegment);
    this.#window.resize(windowSteps);
  }

  /** The next step begins a segment. */
  beginSegment(): void {
    this.#endSlot(false);
    this.#segment ??= new PoolSum(this.#size);
    this.#segment.reset();
    this.#window.reset();
  }

  /** The next step begins a pause. */
  beginPause(): void {
    this.#beforePause ??= new PoolSum(this.#size);
    this.#beforePause.copyFrom(this.#segment!);
    this.#beforePause.add(this.#slot);
  }

  /** Adds K values at `offset` with an attention score; `inSegment` tells whether they belong to the open segment. */
  addStep(values: Float32Array, offset: number, score: number, inSegment: boolean): void {
    if (inSegment && this.#slot.steps === 0) this.#window.makeRoom();
    this.#slot.addStep(values, offset, score);
    if (this.#slot.steps >= this.#window.slotSteps) this.#endSlot(inSegment);
  }

  /** The open segment; valid until a sum of any pool is asked for. */
  segment(): PoolSum {
    const sum = this.#scratch();
    sum.copyFrom(this.#segment!);
    sum.add(this.#slot);
    return sum;
  }

  /** The open segment up to its last pause. */
  segmentBeforePause(): PoolSum {
    return this.#beforePause!;
  }

  /** The newest part of the open segment; valid until a sum of any pool is asked for. */
  window(): PoolSum {
    const sum = this.#scratch();
    sum.reset();
    this.#window.addTo(sum);
    sum.add(this.#slot);
    return sum;
  }

  /** The whole channel; valid until a sum of any pool is asked for. */
  channel(): PoolSum {
    const sum = this.#scratch();
    sum.copyFrom(this.#channel);
    sum.add(this.#slot);
    return sum;
  }

  /** `inSegment` and `inPause`: what of it will be asked for again. */
  writeState(writer: StateWriter, inSegment: boolean, inPause: boolean): void {
    this.#channel.writeState(writer);
    this.#slot.writeState(writer);
    if (!inSegment) return;
    this.#segment!.writeState(writer);
    this.#window.writeState(writer);
    if (inPause) this.#beforePause!.writeState(writer);
  }

  readState(reader: StateReader, inSegment: boolean, inPause: boolean): void {
    this.#channel.readState(reader);
    this.#slot.readState(reader);
    if (!inSegment) return;
    this.#segment = new PoolSum(this.#size);
    this.#segment.readState(reader);
    this.#window.readState(reader);
    if (!inPause) return;
    this.#beforePause = new PoolSum(this.#size);
    this.#beforePause.readState(reader);
  }

  #endSlot(inSegment: boolean): void {
    const slot = this.#slot;
    if (slot.steps === 0) return;
    this.#channel.add(slot);
    if (inSegment) {
      this.#segment!.add(slot);
      this.#window.push(slot);
    }
    slot.reset();
  }

  #scratch(): PoolSum {
    let sum = scratch.get(this.#size);
    if (!sum) {
      sum = new PoolSum(this.#size);
      scratch.set(this.#size, sum);
    }
    return sum;
  }
}
