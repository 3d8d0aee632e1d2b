/**
 * From raw frames to what a model takes of them, by kind. One per stream and channel; training, server and browser run it
 * on the same raw frames (`RawSignalPath`), so that a model hears live what it was trained on.
 */
import { CausalNormaliser, type InputShift, modelFrameSize } from '../features/causal-normaliser.ts';
import { type FeatureConfig, rawFrameSize } from '../features/feature-config.ts';
import type { ReserveFrames } from '../features/signal-path.ts';
import { SpeechDetector } from '../features/speech-detector.ts';
import type { StateReader } from '../stream/state-reader.ts';
import type { StateWriter } from '../stream/state-writer.ts';
import type { Stateful } from '../stream/stateful.ts';
import { FunctionalInputs } from './functional-inputs.ts';
import type { FramesManifest, FunctionalsManifest, StreamingManifest } from './manifest.ts';

export interface ModelInputs extends Stateful {
  /** Floats per frame. */
  readonly size: number;
  /**
   * Takes raw frames `[frames, bands + 2]`, the next of the stream; writes the inputs of those that are complete to where
   * `reserve` says, which is called at most once. Returns the number of frames written, of which none is ever lost: a
   * model of functionals takes whole hops.
   */
  accept(raw: Float32Array, reserve: ReserveFrames): number;
  /** Null where too little was heard, or the manifest does not say how the training corpus sounds. */
  readonly shift: InputShift | null;
}

/** The part of a manifest that decides about inputs. */
export type InputsConfig =
  | Pick<StreamingManifest, 'kind' | 'features' | 'normalisation'>
  | Pick<FramesManifest, 'kind' | 'features' | 'normalisation'>
  | Pick<FunctionalsManifest, 'kind' | 'features' | 'windowFrames' | 'hopFrames'>;

export function createModelInputs(config: InputsConfig): ModelInputs {
  if (config.kind === 'functionals') return new FunctionalInputs(config);
  return new FrameInputs(config);
}

/** Normalised frames; of a kind without a speech head followed by the probability that the frame is speech. */
class FrameInputs implements ModelInputs {
  readonly size: number;
  readonly #features: FeatureConfig;
  readonly #normaliser: CausalNormaliser;
  readonly #detector: SpeechDetector | null;

  constructor({ kind, features, normalisation }: Exclude<InputsConfig, { kind: 'functionals' }>) {
    this.#features = features;
    this.#normaliser = new CausalNormaliser(features, normalisation);
    this.#detector = kind === 'frames' ? new SpeechDetector(features) : null;
    this.size = modelFrameSize(features) + (this.#detector ? 1 : 0);
  }

  accept(raw: Float32Array, reserve: ReserveFrames): number {
    const rawSize = rawFrameSize(this.#features);
    const frames = raw.length / rawSize;
    if (frames === 0) return 0;
    const { buffer, offset } = reserve(frames);
    const detector = this.#detector;
    if (!detector) {
      this.#normaliser.process(raw, frames, buffer, offset);
      return frames;
    }
    for (let t = 0; t < frames; t++) {
      const row = offset + t * this.size;
      this.#normaliser.process(raw.subarray(t * rawSize, (t + 1) * rawSize), 1, buffer, row);
      buffer[row + this.size - 1] = detector.accept(raw, t * rawSize);
    }
    return frames;
  }

  get shift(): InputShift | null {
    return this.#normaliser.shift;
  }

  writeState(writer: StateWriter): void {
    this.#normaliser.writeState(writer);
    this.#detector?.writeState(writer);
  }

  readState(reader: StateReader): void {
    this.#normaliser.readState(reader);
    this.#detector?.readState(reader);
  }
}
