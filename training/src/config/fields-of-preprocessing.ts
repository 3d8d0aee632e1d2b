/** Fields of an experiment: what is done to the samples before features, in training and in the live path alike. */
import {
  defaultFeatureConfig,
  defaultLoudnessConfig,
  defaultSuppressorConfig,
  defaultTrimConfig,
  type FeatureConfig,
  type PreprocessConfig,
} from '@undertone/core';
import { choice, flag, number } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface PreprocessingSettings {
  readonly loudness: 'none' | 'lufs' | 'rms';
  readonly loudnessTargetDb: number;
  readonly loudnessMaxGainDb: number;
  readonly suppressor: 'none' | 'log-mmse';
  readonly suppressorMaxDb: number;
  readonly trimSilence: boolean;
  readonly trimBelowLoudDb: number;
  readonly trimKeepMs: number;
}

export const preprocessingFields: Fields<PreprocessingSettings> = {
  loudness: choice(
    'none',
    ['none', 'lufs', 'rms'],
    'Brings each stream to a level, causally: its loudness (ITU-R BS.1770) or the root mean square of its active part.',
  ),
  loudnessTargetDb: number(
    defaultLoudnessConfig.targetDb,
    -60,
    0,
    'That level, in LUFS or dB of full scale.',
  ),
  loudnessMaxGainDb: number(
    defaultLoudnessConfig.maxGainDb,
    0,
    40,
    'Most that is added or taken away, in dB.',
  ),
  suppressor: choice(
    'none',
    ['none', 'log-mmse'],
    'Takes steady background noise away (log-spectral amplitude over minimum statistics); 32 ms of delay.',
  ),
  suppressorMaxDb: number(
    defaultSuppressorConfig.maxAttenuationDb,
    1,
    40,
    'Most that the suppressor takes away, in dB.',
  ),
  trimSilence: flag(
    false,
    'Cuts the silence at the ends of clips; a live stream is not cut, there the speech head decides what counts.',
  ),
  trimBelowLoudDb: number(
    defaultTrimConfig.belowLoudDb,
    10,
    80,
    'Silence is what lies further than this under the loud part of the clip, in dB.',
  ),
  trimKeepMs: number(defaultTrimConfig.keepMs, 0, 2000, 'Silence that is left at each end, in ms.'),
};

/** The features that an experiment asks for; those of before where it asks for no preprocessing. */
export function featuresOf(settings: Partial<PreprocessingSettings> = {}): FeatureConfig {
  const preprocess: PreprocessConfig = {
    ...(settings.suppressor === 'log-mmse' && {
      suppressor: {
        ...defaultSuppressorConfig,
        maxAttenuationDb: settings.suppressorMaxDb ?? defaultSuppressorConfig.maxAttenuationDb,
      },
    }),
    ...(settings.loudness !== undefined &&
      settings.loudness !== 'none' && {
        loudness: {
          ...defaultLoudnessConfig,
          weighting: settings.loudness === 'lufs' ? 'k' : 'none',
          targetDb: settings.loudnessTargetDb ?? defaultLoudnessConfig.targetDb,
          maxGainDb: settings.loudnessMaxGainDb ?? defaultLoudnessConfig.maxGainDb,
        } as const,
      }),
    ...(settings.trimSilence && {
      trimSilence: {
        belowLoudDb: settings.trimBelowLoudDb ?? defaultTrimConfig.belowLoudDb,
        keepMs: settings.trimKeepMs ?? defaultTrimConfig.keepMs,
      },
    }),
  };
  return Object.keys(preprocess).length === 0
    ? defaultFeatureConfig
    : { ...defaultFeatureConfig, preprocess };
}
