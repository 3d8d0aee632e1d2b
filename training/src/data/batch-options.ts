/** What a batch source is made from: plain data, so that each worker thread can make its own. */
import type { FeatureConfig, NormalisationConfig } from '@undertone/core';
import type { CachedVariant } from '../features/feature-cache.ts';

export interface AugmentationOptions {
  /** Probability of the wide range of level instead of the narrow one. */
  readonly wideGainProbability: number;
  /** Level change in dB is uniform in plus or minus this. */
  readonly narrowGainDb: number;
  /** The wide range, dB. */
  readonly wideGainLowDb: number;
  readonly wideGainHighDb: number;
  /** Probability that the recording's noise floor is taken out and another put in. */
  readonly backgroundProbability: number;
  /** The new background lies this far under the clip's loud level, uniform in dB. */
  readonly backgroundLowDb: number;
  readonly backgroundHighDb: number;
  /** Probability that the floor is taken out and the pauses closed, as in a studio. */
  readonly studioProbability: number;
  /** Probability that the spectrum is bent as by another microphone, and by about how much. */
  readonly equaliserProbability: number;
  readonly equaliserDb: number;
  /** Probability that distances from the loud level are multiplied, and the range of the factor. */
  readonly dynamicsProbability: number;
  readonly dynamicsLow: number;
  readonly dynamicsHigh: number;
  /** Probability that F0 is shifted, uniform in plus or minus so many octaves. */
  readonly pitchShiftProbability: number;
  readonly pitchShiftOctaves: number;
  /** SpecAugment (Park et al. 2019): masks of each kind, and their greatest widths. */
  readonly masks: number;
  readonly maskBands: number;
  readonly maskFrames: number;
  /** Other vocal tracts: probability, and how far from 1 the factor of the formants lies. */
  readonly vocalTract?: { readonly probability: number; readonly range: number };
}

export interface ContextOptions {
  /** Probability that a row begins with earlier audio that is not pooled. */
  readonly probability: number;
  readonly lowS: number;
  readonly highS: number;
  /** Probability that the earlier audio is by the same speaker. */
  readonly sameSpeakerProbability: number;
  /** Probability that it is a pause instead of speech. */
  readonly pauseProbability: number;
  /** Otherwise, probability that it is a sound that is not speech. */
  readonly soundProbability: number;
  /** Probability that the normaliser, not the network, has heard up to `warmUpS` seconds more. */
  readonly warmUpProbability: number;
  readonly warmUpS: number;
}

export interface BatchSourceOptions {
  /** One entry for each corpus: its training clips in every variant, with the share of rows each variant takes. */
  readonly corpora: readonly {
    /** `isNoisy`: in noise, which is no room that could be taken out. */
    readonly variants: readonly (CachedVariant & { readonly weight: number; readonly isNoisy: boolean })[];
  }[];
  /** Sounds without speech; null for none. */
  readonly nonSpeech: CachedVariant | null;
  /** Share of rows that are such sounds, and the weight of their uniform target. */
  readonly nonSpeechShare: number;
  readonly nonSpeechWeight: number;
  readonly features: FeatureConfig;
  readonly normalisation: NormalisationConfig;
  readonly labels: readonly string[];
  /** The share of each class by clip (`clipId`), for clips whose target is more than their label. */
  readonly softTargets: Readonly<Record<string, readonly number[]>>;
  readonly seed: number;
  readonly shards: number;
  readonly shardRows: number;
  readonly stepFrames: number;
  /** Row lengths, ascending, multiples of `stepFrames`. */
  readonly frameBuckets: readonly number[];
  /** Pooled views of a row: the whole clip and `spanViews` random spans, which share `spanWeight`. */
  readonly spanViews: number;
  readonly spanWeight: number;
  /** Least speech in a span. */
  readonly spanSpeechS: number;
  readonly labelSmoothing: number;
  /** Alpha of mixup's Beta distribution; no mixup when absent. */
  readonly mixup?: number;
  /**
   * Weight of each class's rows: 1 (`none`) or as given, by label; inverse to its frequency when absent, unless classes
   * are sampled evenly.
   */
  readonly classWeights?: 'none' | Readonly<Record<string, number>>;
  /** `natural`: every clip once an epoch, weighted by class; `balanced`: as many rows of each class. */
  readonly sampling: 'natural' | 'balanced';
  readonly augmentation: AugmentationOptions;
  readonly context: ContextOptions;
}
