/**
 * What the streaming code needs from an inference engine. ONNX Runtime (node or web) is bound to it in
 * `onnx-model.ts`; tests bind small known functions.
 */
import type { Manifest } from './manifest.ts';

/** N streams advance together by `frames` frames each; `frames` is a multiple of the model's `stepFrames`. */
export interface StepRequest {
  readonly batch: number;
  readonly frames: number;
  /** `[batch, frames, F]` */
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

export interface ModelRuntime {
  readonly manifest: Manifest;
  step(request: StepRequest): Promise<StepResult>;
  /** `pooled` is `[batch, P]` (mean then deviation, P = 2K); returns class logits `[batch, C]`. */
  head(pooled: Float32Array, batch: number): Promise<Float32Array>;
  close(): Promise<void>;
}
