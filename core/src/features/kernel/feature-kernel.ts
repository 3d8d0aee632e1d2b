/** The WebAssembly instance of one thread with the tables of one configuration. It serves any number of streams. */
import { UndertoneError } from '../../errors.ts';
import { type FeatureConfig, rawFrameSize } from '../feature-config.ts';
import { instantiateKernel, type KernelModule } from './kernel-module.ts';
import { writeLogMelTables } from './log-mel-tables.ts';
import { writePitchTables } from './pitch-constants.ts';
import { makePitchTables } from './pitch-tables.ts';

/** What one stream keeps between packets. Only the kernel reads or writes `memory`. */
export interface FrontEndState {
  /** Pitch tracker and waiting samples, in the kernel's layout. */
  readonly memory: Float32Array;
  /** Samples that wait for the rest of their window. */
  waitingSamples: number;
  /** Hops that the pitch tracker has taken. */
  hops: number;
}

/** Hops before the first frame: the pitch tracker starts as if the first sample had lasted for 320 samples. */
const leadHops = 2;

export class FeatureKernel {
  readonly config: FeatureConfig;
  readonly #module: KernelModule;
  readonly #frameSize: number;
  /** Index of the state's first float in the kernel's memory. */
  readonly #stateStart: number;
  /** The part of the kernel's memory that a stream's state is copied to and from. */
  readonly #state: Float32Array;
  /** Views of the first n frames of the kernel's output; creating one costs more than a mel band. */
  readonly #outputs: readonly Float32Array[];
  /** Frames of a packet that is too long for one run. */
  #long = new Float32Array(0);

  /** Throws `bad_parameter` for a configuration that cannot be computed, `internal` without WebAssembly SIMD. */
  constructor(config: FeatureConfig) {
    const { sampleRate, windowSamples, hopSamples } = config;
    if (sampleRate !== 16000 || windowSamples !== 400 || hopSamples !== 160) {
      throw new UndertoneError(
        'bad_parameter',
        `features need 16000 Hz, windows of 400 and hops of 160 samples, got ${sampleRate}, ${windowSamples}, ${hopSamples}`,
      );
    }
    const module = instantiateKernel();
    const pitchTables = makePitchTables(config);
    writeLogMelTables(module, config);
    writePitchTables(module, pitchTables);
    const { floats, at, sizes } = module;
    this.config = config;
    this.#module = module;
    this.#frameSize = rawFrameSize(config);
    this.#stateStart = at.pitchState - 2 * (2 * pitchTables.lags + 4);
    this.#state = floats.subarray(this.#stateStart, at.input + sizes.TAIL);
    this.#outputs = Array.from({ length: sizes.MAX_FRAMES + 1 }, (_, frames) =>
      floats.subarray(at.output, at.output + frames * this.#frameSize),
    );
  }

  /** State of a stream before its first sample. */
  createState(): FrontEndState {
    return { memory: new Float32Array(this.#state.length), waitingSamples: 0, hops: 0 };
  }

  /** Frames that a stream in `state` has completed. */
  framesOf(state: FrontEndState): number {
    return Math.max(state.hops - leadHops, 0);
  }

  /** The frames `[frames, bands + 2]` that `samples` complete, a view valid until the next call. */
  process(state: FrontEndState, samples: Float32Array, withPitch: boolean): Float32Array {
    const { MAX_SAMPLES } = this.#module.sizes;
    if (samples.length <= MAX_SAMPLES) return this.#outputs[this.#run(state, samples, withPitch)]!;
    const { hopSamples } = this.config;
    const most = (Math.ceil(samples.length / hopSamples) + 1) * this.#frameSize;
    if (this.#long.length < most) this.#long = new Float32Array(most);
    let length = 0;
    for (let start = 0; start < samples.length; start += MAX_SAMPLES) {
      const frames = this.#run(state, samples.subarray(start, start + MAX_SAMPLES), withPitch);
      this.#long.set(this.#outputs[frames]!, length);
      length += frames * this.#frameSize;
    }
    return this.#long.subarray(0, length);
  }

  /** Feeds at most MAX_SAMPLES; returns the number of frames in the kernel's output. */
  #run(state: FrontEndState, samples: Float32Array, withPitch: boolean): number {
    if (samples.length === 0) return 0;
    const { floats, at, run } = this.#module;
    const { hopSamples, logMel } = this.config;
    if (state.hops === 0 && state.waitingSamples === 0) {
      state.waitingSamples = leadHops * hopSamples;
      state.memory.fill(
        samples[0]!,
        at.input - this.#stateStart,
        at.input - this.#stateStart + state.waitingSamples,
      );
    }
    floats.set(state.memory, this.#stateStart);
    floats.set(samples, at.input + state.waitingSamples);
    const available = state.waitingSamples + samples.length;
    const hops = run(available, state.hops, logMel.bands, withPitch);
    const before = this.framesOf(state);
    state.hops += hops;
    state.waitingSamples = available - hops * hopSamples;
    state.memory.set(this.#state);
    return this.framesOf(state) - before;
  }
}
