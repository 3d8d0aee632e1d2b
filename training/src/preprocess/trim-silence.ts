/**
 * Cuts the silence at the ends of a recording, by level relative to its loud part. Only training does this: a stream has
 * no ends, there the speech head keeps silence out of what is pooled.
 */
import type { TrimConfig } from '@undertone/core';

const blockSamples = 160;
const samplesPerMs = 16;
/** Share of the blocks that are quieter than the loud level. */
const loudShare = 0.95;
/** A lone click is not the beginning of speech. */
const shortestRunBlocks = 3;

/**
 * @param samples 16 kHz
 * @returns a part of `samples`; all of them when nothing is loud
 */
export function trimSilence(samples: Float32Array, { belowLoudDb, keepMs }: TrimConfig): Float32Array {
  const blocks = Math.floor(samples.length / blockSamples);
  const powers = Float64Array.from({ length: blocks }, (_, i) => {
    let sum = 0;
    for (let n = i * blockSamples; n < (i + 1) * blockSamples; n++) sum += samples[n]! * samples[n]!;
    return sum;
  });
  const loud = powers.toSorted()[Math.floor(loudShare * (blocks - 1))] ?? 0;
  const threshold = loud * 10 ** (-belowLoudDb / 10);
  const isLoud = Array.from(powers, (power) => power > threshold);
  const begins = (i: number, step: 1 | -1): boolean =>
    Array.from({ length: shortestRunBlocks }, (_, k) => isLoud[i + k * step]).every((each) => each);
  const first = isLoud.findIndex((_, i) => begins(i, 1));
  const last = isLoud.findLastIndex((_, i) => begins(i, -1));
  if (first < 0 || last < first) return samples;
  const keep = keepMs * samplesPerMs;
  const start = Math.max(0, first * blockSamples - keep);
  const end = Math.min(samples.length, (last + 1) * blockSamples + keep);
  return samples.slice(start, end);
}
