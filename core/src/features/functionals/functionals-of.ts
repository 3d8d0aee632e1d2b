/** From partial sums to the functionals of a window. */
import type { FunctionalBlock } from './functional-block.ts';
import { histogramBins } from './functionals-plan.ts';

/**
 * The functionals of the span of `block`, `[D]` in the order of `functionalNames`: mean, deviation (of the population),
 * percentiles (within a bin of the histogram), range, slope a second. 0 where a group has no frame.
 */
export function functionalsOf(block: FunctionalBlock): Float32Array {
  const { descriptors, config, names, sampleRate, hopSamples } = block.plan;
  const out = new Float32Array(names.length);
  const frameS = hopSamples / sampleRate;
  let at = 0;
  for (const [d, { group, statistics }] of descriptors.entries()) {
    const { count, times, squares } = block[group];
    const size = statistics === 'full' ? 4 + config.percentiles.length : 2;
    if (count > 0) {
      const sum = block.sums[2 * d]!;
      const mean = sum / count;
      out[at] = mean;
      out[at + 1] = Math.sqrt(Math.max(block.sums[2 * d + 1]! / count - mean * mean, 0));
      if (statistics === 'full') {
        const low = block.trends[3 * d + 1]!;
        const high = block.trends[3 * d + 2]!;
        for (const [i, share] of config.percentiles.entries()) {
          out[at + 2 + i] = Math.min(high, Math.max(low, percentile(block, d, share * count)));
        }
        out[at + size - 2] = high - low;
        const spread = count * squares - times * times;
        const trend = count * block.trends[3 * d]! - times * sum;
        out[at + size - 1] = spread > 0 ? trend / spread / frameS : 0;
      }
    }
    at += size;
  }
  putWindowStatistics(block, frameS, out, at);
  return out;
}

/** Where `rank` of the values lie below, with the values of a bin spread evenly over it. */
function percentile(block: FunctionalBlock, descriptor: number, rank: number): number {
  const { low, high } = block.plan.descriptors[descriptor]!;
  const width = (high - low) / histogramBins;
  const first = descriptor * histogramBins;
  let below = 0;
  for (let bin = 0; bin < histogramBins; bin++) {
    const count = block.histograms[first + bin]!;
    if (count > 0 && below + count >= rank) return low + (bin + (rank - below) / count) * width;
    below += count;
  }
  return high;
}

function putWindowStatistics(block: FunctionalBlock, frameS: number, out: Float32Array, at: number): void {
  const { frames, active, voiced, voicedRuns, pauses } = block;
  if (frames === 0) return;
  out[at] = active.count / frames;
  out[at + 1] = voiced.count / frames;
  out[at + 2] = voicedRuns > 0 ? (voiced.count * frameS) / voicedRuns : 0;
  out[at + 3] = voicedRuns / (frames * frameS);
  out[at + 4] = pauses > 0 ? ((frames - active.count) * frameS) / pauses : 0;
}
