/**
 * What the streaming code needs from an inference engine. ONNX Runtime (node or web) is bound to it by
 * `loadModel`; tests bind small known functions.
 */
import type { Manifest } from './manifest.ts';

/** N streams advance together by `frames` frames each; `frames` is a multiple of the model's `stepFrames`. */
export interface StepRequest {
  readonly batch: number;
  readonly frames: number;
  /** `[batch, frames, inputSize]`, as `ModelInputs` writes them */
  readonly features: Float32Array;
  /** `[batch, S]` */
  readonly state: Float32Array;
}

/** With T = frames / stepFrames steps. */
export interface StepResult {
  /** `[batch, S]` */
  readonly state: Float32Array;
  /** `[batch, T, K]`: per-step quantities to be pooled. */
  readonly values: Float32Array;
  /** `[batch, T]`: attention scores (natural logarithm of a weight). */
  readonly attention: Float32Array;
  /** `[batch, T]`: logit that the step holds speech. */
  readonly speech: Float32Array;
}

/** Sizes of the step contract; they follow from the manifest, and differ by kind in how. */
export interface ModelShape {
  /** Floats per frame that `ModelInputs` writes and `step` takes. */
  readonly inputSize: number;
  /** S: floats of state per stream; a stream starts with zeros. What they mean is the model's own. */
  readonly stateSize: number;
  /** K: values per step that are pooled. */
  readonly valueSize: number;
  /** Frames per step. */
  readonly stepFrames: number;
}

export interface ModelRuntime extends ModelShape {
  readonly manifest: Manifest;
  step(request: StepRequest): Promise<StepResult>;
  /** `pooled` is `[batch, P]` (mean then deviation, P = 2K); returns class logits `[batch, C]`. */
  head(pooled: Float32Array, batch: number): Promise<Float32Array>;
  close(): Promise<void>;
}
