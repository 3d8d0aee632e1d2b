/**
 * A head fitted to one voice: what was learned is added to the shipped head's logits, so that zeros are the shipped model to
 * the last bit, and a network is open once however many voices are listened to.
 */
import { UndertoneError } from '../errors.ts';
import type { ModelRuntime } from './model-runtime.ts';

/** What a correction consists of, for a model of these sizes. */
export function correctionSize(model: Pick<ModelRuntime, 'manifest' | 'valueSize'>): number {
  return (2 * model.valueSize + 1) * model.manifest.labels.length;
}

/**
 * Adds `pooled W + b` to `logits`, in place.
 * @param weights `[(P + 1) C]`: W `[P, C]` by rows, then b `[C]`
 * @param pooled `[rows, P]`
 * @param logits `[rows, C]`
 */
export function addCorrection(
  weights: Float32Array,
  pooled: Float32Array,
  logits: Float32Array,
  rows: number,
): void {
  const classes = logits.length / rows;
  const size = pooled.length / rows;
  for (let n = 0; n < rows; n++) {
    for (let c = 0; c < classes; c++) {
      let sum = weights[size * classes + c]!;
      for (let i = 0; i < size; i++) sum += pooled[n * size + i]! * weights[i * classes + c]!;
      logits[n * classes + c]! += sum;
    }
  }
}

/** A correction and the calibration that goes with it. */
export interface HeadCorrection {
  /** As `addCorrection` takes them. */
  readonly weights: Float32Array;
  /** Replaces the manifest's. */
  readonly temperature: number;
}

/**
 * The same model with an adapted head. It borrows the network of `model`, which must stay open; closing it frees nothing.
 * @throws UndertoneError `model_mismatch` for a correction of another size
 */
export function correctedModel(model: ModelRuntime, { weights, temperature }: HeadCorrection): ModelRuntime {
  const expected = correctionSize(model);
  if (weights.length !== expected) {
    throw new UndertoneError(
      'model_mismatch',
      `Expected an adaptation with ${expected} weights, as ${model.manifest.name} has it; found ${weights.length}.`,
    );
  }
  const { inputSize, stateSize, valueSize, stepFrames } = model;
  return {
    manifest: { ...model.manifest, calibration: { temperature } },
    inputSize,
    stateSize,
    valueSize,
    stepFrames,
    step: (request) => model.step(request),
    head: async (pooled, batch) => {
      const logits = Float32Array.from(await model.head(pooled, batch));
      addCorrection(weights, pooled, logits, batch);
      return logits;
    },
    close: async () => {},
  };
}
