/** Mean and deviation of each functional over the training rows, in the float32 arithmetic of ONNX's `Scaler`. */
import type { LabelledRows } from './labelled-rows.ts';

/** y = (x - offset) scale */
export interface Standardisation {
  /** `[D]` */
  readonly offset: Float32Array;
  /** `[D]`; 0 for a column that never changes, so that it can never matter. */
  readonly scale: Float32Array;
}

export function measureStandardisation({ size, values, labels }: LabelledRows): Standardisation {
  const count = labels.length;
  const offset = new Float32Array(size);
  const scale = new Float32Array(size);
  for (let d = 0; d < size; d++) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += values[i * size + d]!;
    const mean = sum / count;
    let power = 0;
    for (let i = 0; i < count; i++) power += (values[i * size + d]! - mean) ** 2;
    const deviation = Math.sqrt(power / count);
    offset[d] = mean;
    scale[d] = deviation > 1e-6 * Math.max(1, Math.abs(mean)) ? 1 / deviation : 0;
  }
  return { offset, scale };
}

/** @param values `[N, D]` */
export function standardise(values: Float32Array, { offset, scale }: Standardisation): Float32Array {
  const size = offset.length;
  const out = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += size) {
    for (let d = 0; d < size; d++) {
      out[at + d] = Math.fround(values[at + d]! - offset[d]!) * scale[d]!;
    }
  }
  return out;
}
