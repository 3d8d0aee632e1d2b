/**
 * The way of one channel from 16 kHz samples to raw frames: preprocessing, front end. Training, server and browser run this
 * code, so that a model hears live what it was trained on; `ModelInputs` makes of the frames what a model is fed.
 */
import { checkLoudness, LoudnessNormaliser } from '../audio/loudness-normaliser.ts';
import { NoiseSuppressor, SuppressorKernel } from '../audio/noise-suppressor.ts';
import type { SampleStage } from '../audio/sample-stage.ts';
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';
import type { FeatureConfig } from './feature-config.ts';
import { FeatureKernel, FrontEnd } from './front-end.ts';
import { FunctionalsPlan } from './functionals/functionals-plan.ts';

/** What the streams of one thread share for one configuration: tables and work space, nothing of a stream. */
export class SignalKernel {
  readonly config: FeatureConfig;
  readonly features: FeatureKernel;
  readonly #suppressor: SuppressorKernel | null;

  /** Throws `bad_parameter` for a configuration that cannot be computed, `internal` without WebAssembly SIMD. */
  constructor(config: FeatureConfig) {
    this.config = config;
    this.features = new FeatureKernel(config);
    const { suppressor, loudness } = config.preprocess ?? {};
    this.#suppressor = suppressor ? new SuppressorKernel(suppressor) : null;
    if (loudness) checkLoudness(loudness);
    if (config.functionals) new FunctionalsPlan(config);
  }

  /** The configured stages before the front end: noise is removed first, so that loudness is that of what is left. */
  createStages(): SampleStage[] {
    const stages: SampleStage[] = [];
    if (this.#suppressor) stages.push(new NoiseSuppressor(this.#suppressor));
    const loudness = this.config.preprocess?.loudness;
    if (loudness) stages.push(new LoudnessNormaliser(loudness));
    return stages;
  }
}

/** One per stream and channel. */
export class RawSignalPath implements Stateful {
  readonly #stages: readonly SampleStage[];
  readonly #frontEnd: FrontEnd;

  constructor(kernel: SignalKernel) {
    this.#stages = kernel.createStages();
    this.#frontEnd = new FrontEnd(kernel.features);
  }

  /** Absolute count of frames produced. */
  get frames(): number {
    return this.#frontEnd.frames;
  }

  /**
   * Feeds 16 kHz samples in [-1, 1]; returns the raw frames completed by them, `[frames, bands + 2]`, a view valid until
   * the next call of any path of this kernel. Frame i covers samples [160 i, 160 i + 400) of the stream.
   */
  accept(samples: Float32Array): Float32Array {
    let heard = samples;
    for (const stage of this.#stages) heard = stage.process(heard);
    return this.#frontEnd.accept(heard);
  }

  /** The frames of what the stages still hold, `[frames, bands + 2]`. Ends the stream. */
  flush(): Float32Array {
    let rest: Float32Array = new Float32Array(0);
    for (const stage of this.#stages) {
      const fed = stage.process(rest);
      // Both are views of the stage's own memory.
      const head = fed.slice();
      const tail = stage.flush();
      rest = new Float32Array(head.length + tail.length);
      rest.set(head);
      rest.set(tail, head.length);
    }
    return this.#frontEnd.accept(rest);
  }

  writeState(writer: StateWriter): void {
    for (const stage of this.#stages) stage.writeState(writer);
    this.#frontEnd.writeState(writer);
  }

  readState(reader: StateReader): void {
    for (const stage of this.#stages) stage.readState(reader);
    this.#frontEnd.readState(reader);
  }
}

/** Finds room for `frames` frames of model inputs. */
export type ReserveFrames = (frames: number) => { readonly buffer: Float32Array; readonly offset: number };
