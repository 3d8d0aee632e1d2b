/**
 * The recogniser's front end: 16 kHz samples in packets of any size to whole raw frames. Each frame is computed
 * once, from samples at the same absolute positions whatever the packets, so that packets change no bit.
 */
import { damaged, type StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';
import type { FeatureKernel, FrontEndState } from './kernel/feature-kernel.ts';

export { FeatureKernel } from './kernel/feature-kernel.ts';

export interface FrontEndOptions {
  /** `false` leaves F0 and voicing 0, for callers that want the log-mel bands only. */
  readonly pitch?: boolean;
}

/** Hypotheses that the pitch tracker keeps from frame to frame; their number stands so far before the samples. */
const mostCandidates = 6;
const candidatesBefore = 19;

/** One per stream and channel. */
export class FrontEnd implements Stateful {
  readonly #kernel: FeatureKernel;
  readonly #state: FrontEndState;
  readonly #pitch: boolean;

  constructor(kernel: FeatureKernel, options: FrontEndOptions = {}) {
    this.#kernel = kernel;
    this.#state = kernel.createState();
    this.#pitch = options.pitch ?? true;
  }

  /** Absolute count of frames produced. */
  get frames(): number {
    return this.#kernel.framesOf(this.#state);
  }

  /**
   * Feeds 16 kHz samples; returns the raw frames completed by them, `[frames, bands + 2]`: the log-mel bands, F0 in Hz (0
   * where unvoiced), voicing strength in [0, 1]. A view valid until the next call of any front end of this kernel.
   * Frame i covers samples [160 i, 160 i + 400).
   */
  accept(samples: Float32Array): Float32Array {
    return this.#kernel.process(this.#state, samples, this.#pitch);
  }

  writeState(writer: StateWriter): void {
    const { memory, hops, waitingSamples } = this.#state;
    writer.count(hops);
    writer.count(waitingSamples);
    if (waitingSamples === 0) return;
    // The samples that wait are at the end of what the kernel keeps, in room for a whole window.
    writer.array(memory.subarray(0, this.#samplesAt + waitingSamples));
  }

  readState(reader: StateReader): void {
    const state = this.#state;
    state.hops = reader.count(2 ** 31 - 1);
    state.waitingSamples = reader.count(this.#kernel.config.windowSamples - 1);
    if (state.waitingSamples === 0) {
      if (state.hops > 0) damaged('samples that wait', 'none');
      return;
    }
    reader.array(state.memory.subarray(0, this.#samplesAt + state.waitingSamples));
    // The kernel counts on it, and has no bounds of its own.
    const candidates = new Int32Array(state.memory.buffer)[this.#samplesAt - candidatesBefore]!;
    if (candidates < 0 || candidates > mostCandidates) {
      damaged(`at most ${mostCandidates} hypotheses about pitch`, candidates);
    }
  }

  /** Where the samples that wait begin in the state's memory. */
  get #samplesAt(): number {
    return this.#state.memory.length - this.#kernel.config.windowSamples;
  }
}
