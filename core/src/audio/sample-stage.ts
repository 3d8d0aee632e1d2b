import type { Stateful } from '../stream/stateful.ts';

/** A step of the way of samples that keeps their clock: output sample n stands for input sample n, if later. */
export interface SampleStage extends Stateful {
  /**
   * Takes 16 kHz samples in packets of any size; returns those that are finished by them. A view valid until the next call
   * of any stage of the thread. Packets change no bit.
   */
  process(samples: Float32Array): Float32Array;
  /** The samples that are still held, so that as many come out as went in. Ends the stream. */
  flush(): Float32Array;
}
