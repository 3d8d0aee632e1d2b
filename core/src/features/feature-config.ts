/**
 * What the recogniser measures in each frame. The configuration is stored in the model manifest together with
 * its hash, so that a model is never run on features it was not trained on.
 */
import type { PreprocessConfig } from '../audio/preprocess-config.ts';
import type { FunctionalsConfig } from './functionals/functionals-config.ts';

export interface LogMelConfig {
  /** Number of triangular mel bands. */
  readonly bands: number;
  readonly lowHz: number;
  readonly highHz: number;
  /** `povey` is the symmetric Hann window to the power 0.85 (Kaldi). */
  readonly window: 'povey' | 'hann';
  /** First-order pre-emphasis, 0 for none. */
  readonly preemphasis: number;
  readonly removeDcOffset: boolean;
  /** Lower bound of a band's energy before the natural logarithm. */
  readonly energyFloor: number;
}

export interface PitchConfig {
  readonly floorHz: number;
  readonly ceilingHz: number;
}

export interface FeatureConfig {
  readonly sampleRate: 16000;
  readonly windowSamples: 400;
  readonly hopSamples: 160;
  readonly logMel: LogMelConfig;
  readonly pitch: PitchConfig;
  /** What happens to the samples before the front end; absent: nothing. */
  readonly preprocess?: PreprocessConfig;
  /** Statistics over a window, for models of the kind `functionals`. */
  readonly functionals?: FunctionalsConfig;
}

/** Raised whenever the numbers that the feature code computes change, so that no stale cache or model is used. */
export const featureCodeVersion = 3;

/** Values per raw frame: the log-mel bands, then F0 in Hz (0 where unvoiced), then the voicing strength in [0, 1]. */
export function rawFrameSize(config: FeatureConfig): number {
  return config.logMel.bands + 2;
}

/** The recogniser's front end. Speech corpora differ above 7.5 kHz, so the band stops there. */
export const defaultFeatureConfig: FeatureConfig = {
  sampleRate: 16000,
  windowSamples: 400,
  hopSamples: 160,
  logMel: {
    bands: 64,
    lowHz: 20,
    highHz: 7500,
    window: 'hann',
    preemphasis: 0.97,
    removeDcOffset: true,
    energyFloor: 1e-6,
  },
  pitch: { floorHz: 65, ceilingHz: 500 },
};
