/** The training graphs take features time first; batches are row first. */

/** `[rows, frames, size]` to `[frames, rows, size]`. */
export function timeFirst(features: Float32Array, rows: number, frames: number): Float32Array {
  const size = features.length / (rows * frames);
  const out = new Float32Array(features.length);
  for (let row = 0; row < rows; row++) {
    for (let t = 0; t < frames; t++) {
      const from = (row * frames + t) * size;
      out.set(features.subarray(from, from + size), (t * rows + row) * size);
    }
  }
  return out;
}
