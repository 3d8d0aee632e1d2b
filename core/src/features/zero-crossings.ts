/**
 * Share of the first `samples` values, in [0, 1), whose sign differs from the one before; zero counts as
 * positive, as in librosa's `zero_crossing_rate` with threshold 0.
 */
export function zeroCrossingRate(frame: Float32Array, samples: number): number {
  let crossings = 0;
  for (let n = 1; n < samples; n++) {
    if (frame[n]! < 0 !== frame[n - 1]! < 0) crossings++;
  }
  return crossings / samples;
}
