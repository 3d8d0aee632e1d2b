/** Loudness of a whole recording, ITU-R BS.1770-4: the mean of the blocks that pass an absolute and a relative gate. */
import { LoudnessBlocks, type LoudnessWeighting, levelOf, meanSquareOf } from './loudness-blocks.ts';

/** Blocks below do not count at all, LUFS. */
export const absoluteGateDb = -70;
/** Nor do those further than this under the mean of the others. */
export const relativeGateDb = -10;

/**
 * @param samples one channel
 * @param weighting `k` for LUFS; `none` for the root mean square of the active part in dB of full scale
 * @returns -Infinity when no block passes the gate, as for silence or less than 400 ms
 */
export function integratedLoudness(
  samples: Float32Array,
  sampleRateHz = 16000,
  weighting: LoudnessWeighting = 'k',
): number {
  const blocks = new LoudnessBlocks(weighting, sampleRateHz);
  const floor = meanSquareOf(weighting, absoluteGateDb);
  const loud: number[] = [];
  for (let n = 0; n < samples.length; n++) {
    if (!blocks.add(samples[n]!)) continue;
    const power = blocks.meanSquare();
    if (power !== null && power > floor) loud.push(power);
  }
  const gate = mean(loud) * 10 ** (relativeGateDb / 10);
  return levelOf(weighting, mean(loud.filter((power) => power > gate)));
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
