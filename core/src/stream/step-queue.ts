/** Model inputs that wait for their turn: a growing buffer of frames with amortised constant cost, shrunk when idle. */
import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';

/** A packet of 100 ms and what is left of the one before. */
const initialFrames = 16;

export class StepQueue {
  readonly #frameSize: number;
  #buffer: Float32Array;
  #start = 0;
  #end = 0;

  /** @param frameSize floats per frame */
  constructor(frameSize: number) {
    this.#frameSize = frameSize;
    this.#buffer = new Float32Array(initialFrames * frameSize);
  }

  get frames(): number {
    return this.#end - this.#start;
  }

  /** Room for `frames` more frames: the buffer and the float offset at which to write them. */
  reserve(frames: number): { buffer: Float32Array; offset: number } {
    const size = this.#frameSize;
    const waiting = this.frames;
    const capacity = this.#buffer.length / size;
    if (this.#end + frames > capacity) {
      // Moved within the buffer only where that makes room for a quarter of it, so that frames move seldom.
      const target =
        waiting + frames > 0.75 * capacity
          ? new Float32Array(Math.max(2 * capacity, waiting + frames) * size)
          : this.#buffer;
      target.set(this.#buffer.subarray(this.#start * size, this.#end * size), 0);
      this.#buffer = target;
      this.#start = 0;
      this.#end = waiting;
    }
    const offset = this.#end * size;
    this.#end += frames;
    return { buffer: this.#buffer, offset };
  }

  /** Moves the oldest `frames` frames into `target` at `offset`. */
  take(frames: number, target: Float32Array, offset: number): void {
    const size = this.#frameSize;
    target.set(this.#buffer.subarray(this.#start * size, (this.#start + frames) * size), offset);
    this.#start += frames;
    if (this.#start !== this.#end) return;
    this.#start = 0;
    this.#end = 0;
    if (this.#buffer.length > 8 * initialFrames * size) this.#buffer = new Float32Array(initialFrames * size);
  }

  writeState(writer: StateWriter): void {
    const size = this.#frameSize;
    writer.count(this.frames);
    writer.array(this.#buffer.subarray(this.#start * size, this.#end * size));
  }

  /** @param mostFrames the snapshot may hold no more */
  readState(reader: StateReader, mostFrames: number): void {
    const frames = reader.count(mostFrames);
    const { buffer, offset } = this.reserve(frames);
    reader.array(buffer.subarray(offset, offset + frames * this.#frameSize));
  }
}
