/** Measures the priors of causal normalisation over the training speakers' clean clips. */
import type { FeatureConfig, NormalisationConfig } from '@undertone/core';
import type { CachedVariant } from './feature-cache.ts';
import { FeatureFile } from './feature-file.ts';

export interface NormalisationSettings {
  readonly priorFrames: number;
  readonly maxFrames: number;
  readonly scale: number;
  readonly priorVoicedFrames: number;
}

/** Mean of each log-mel band over all frames of all files; mean of log2 F0 over the voiced ones. */
export function measureNormalisation(
  clean: readonly CachedVariant[],
  features: FeatureConfig,
  settings: NormalisationSettings,
): NormalisationConfig {
  const { bands } = features.logMel;
  const sums = new Float64Array(bands);
  let frames = 0;
  let logF0 = 0;
  let voiced = 0;
  for (const { path, key } of clean) {
    const file = new FeatureFile(path, key);
    try {
      for (let i = 0; i < file.count; i++) {
        const clip = file.read(i);
        for (let t = 0; t < clip.frames; t++) {
          const at = t * file.rawSize;
          for (let b = 0; b < bands; b++) sums[b] = sums[b]! + clip.raw[at + b]!;
          const f0Hz = clip.raw[at + bands]!;
          if (f0Hz > 0) {
            logF0 += Math.log2(f0Hz);
            voiced++;
          }
        }
        frames += clip.frames;
      }
    } finally {
      file.close();
    }
  }
  const round = (value: number): number => Number(value.toFixed(5));
  return {
    kind: 'causal-mean',
    ...settings,
    priorMean: Array.from(sums, (sum) => round(sum / Math.max(1, frames))),
    // Middle of the range of adult voices where nothing is voiced.
    priorLogF0: round(voiced > 0 ? logF0 / voiced : 7.3),
  };
}
