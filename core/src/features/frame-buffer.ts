/**
 * Cuts a stream of samples into overlapping frames, wherever the packets end. It holds exactly one frame; the part
 * that the next frame shares stays, so no sample is asked for twice.
 */
import { UndertoneError } from '../errors.ts';

export class FrameBuffer {
  /** The frame `[frameSamples]`; whole only while `ready`. */
  readonly frame: Float32Array;
  readonly hopSamples: number;
  #filled = 0;

  /** Throws `bad_parameter` unless both are integers and 0 < hopSamples <= frameSamples. */
  constructor(frameSamples: number, hopSamples: number) {
    if (
      !Number.isInteger(frameSamples) ||
      !Number.isInteger(hopSamples) ||
      !(hopSamples > 0 && hopSamples <= frameSamples)
    ) {
      throw new UndertoneError(
        'bad_parameter',
        `frame and hop must be integers with 0 < hop <= frame, got frame ${frameSamples}, hop ${hopSamples}`,
      );
    }
    this.frame = new Float32Array(frameSamples);
    this.hopSamples = hopSamples;
  }

  /** Whether `frame` is whole. */
  get ready(): boolean {
    return this.#filled === this.frame.length;
  }

  /** Takes samples from index `from` until the frame is whole or they end; returns how many were taken. */
  fill(samples: Float32Array, from: number): number {
    const count = Math.min(samples.length - from, this.frame.length - this.#filled);
    // A loop, because `set` would need a view, and thus an object, for every frame.
    for (let n = 0; n < count; n++) this.frame[this.#filled + n] = samples[from + n]!;
    this.#filled += count;
    return count;
  }

  /** Moves on by one hop; to be called once for each whole frame. */
  advance(): void {
    this.frame.copyWithin(0, this.hopSamples);
    this.#filled -= this.hopSamples;
  }
}
