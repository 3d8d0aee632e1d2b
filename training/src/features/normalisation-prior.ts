/** Measures the priors of causal normalisation over the training speakers' clean clips. */
import { type FeatureConfig, type NormalisationConfig, SpeechLevel, smoothMaximum } from '@undertone/core';
import type { ClipFeatures } from './clip-features.ts';
import type { CachedVariant } from './feature-cache.ts';
import { FeatureFile } from './feature-file.ts';

export interface PriorSettings {
  /** `causal-mean` unless given. */
  readonly normalisation?: NormalisationConfig['kind'];
  /** These three with `causal-level`: see the fields of an experiment. */
  readonly floorDb?: number;
  readonly leadDb?: number;
  readonly levelVoicedFrames?: number;
  readonly priorFrames: number;
  readonly maxFrames: number;
  readonly scale: number;
  readonly priorVoicedFrames: number;
}

/**
 * Mean of each log-mel band over all frames of all files; mean of log2 F0 over the voiced ones. With `causal-level` the
 * bands are relative to the level of their clip and above the floor, which is the median over the clips of their own.
 */
export function measureNormalisation(
  clean: readonly CachedVariant[],
  features: FeatureConfig,
  settings: PriorSettings,
): NormalisationConfig {
  const { bands } = features.logMel;
  const files = clean.map(({ path, key }) => new FeatureFile(path, key));
  try {
    const level =
      settings.normalisation === 'causal-level' ? measureLevel(files, bands, settings) : undefined;
    const sums = new Float64Array(bands);
    let frames = 0;
    let logF0 = 0;
    let voiced = 0;
    for (const clip of clipsOf(files)) {
      const loud = level ? levelOf(clip, bands) : 0;
      for (let t = 0; t < clip.frames; t++) {
        const at = t * (bands + 2);
        for (let b = 0; b < bands; b++) {
          const x = clip.raw[at + b]! - loud;
          sums[b] = sums[b]! + (level ? smoothMaximum(x, level.floor[b]!) : x);
        }
        const f0Hz = clip.raw[at + bands]!;
        if (f0Hz > 0) {
          logF0 += Math.log2(f0Hz);
          voiced++;
        }
      }
      frames += clip.frames;
    }
    const { priorFrames, maxFrames, scale, priorVoicedFrames } = settings;
    return {
      kind: level ? 'causal-level' : 'causal-mean',
      priorFrames,
      maxFrames,
      scale,
      priorVoicedFrames,
      priorMean: Array.from(sums, (sum) => round(sum / Math.max(1, frames))),
      // Middle of the range of adult voices where nothing is voiced.
      priorLogF0: round(voiced > 0 ? logF0 / voiced : 7.3),
      ...(level && { level }),
    };
  } finally {
    for (const file of files) file.close();
  }
}

function measureLevel(
  files: readonly FeatureFile[],
  bands: number,
  { floorDb = 0, leadDb = 0, levelVoicedFrames = 0, maxFrames }: PriorSettings,
): NonNullable<NormalisationConfig['level']> {
  const floors: number[][] = Array.from({ length: bands }, () => []);
  for (const clip of clipsOf(files)) {
    const loud = levelOf(clip, bands);
    for (let b = 0; b < bands; b++) floors[b]!.push(clip.levels[b]! - loud);
  }
  return {
    floor: floors.map((values) => round(median(values) + nepers(floorDb))),
    lead: round(nepers(leadDb)),
    voicedFrames: levelVoicedFrames,
    memoryFrames: maxFrames,
  };
}

/** Level of the speech of a whole clip; of all its frames where nothing is voiced. */
function levelOf({ raw, frames }: ClipFeatures, bands: number): number {
  const level = new SpeechLevel(bands, { floor: [], lead: 0, voicedFrames: 1, memoryFrames: 1e9 });
  let last = 0;
  for (let t = 0; t < frames; t++) last = level.next(raw, t * (bands + 2));
  return last;
}

function* clipsOf(files: readonly FeatureFile[]): Generator<ClipFeatures> {
  for (const file of files) for (let i = 0; i < file.count; i++) yield file.read(i);
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function nepers(decibels: number): number {
  return (decibels * Math.LN10) / 10;
}

function round(value: number): number {
  return Number(value.toFixed(5));
}
