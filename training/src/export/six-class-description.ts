/** Manifest fields for a model of the six classes of CREMA-D, as far as they are not measured in training. */
import { defaultFeatureConfig, type NormalisationConfig } from '@undertone/core';
import type { ModelDescription } from './write-model-folder.ts';

export const sixClasses: readonly string[] = ['angry', 'disgust', 'fearful', 'happy', 'neutral', 'sad'];

/** Normalisation before the corpus has been measured. */
export const unmeasuredNormalisation: NormalisationConfig = {
  kind: 'causal-mean',
  priorFrames: 100,
  maxFrames: 3000,
  priorMean: new Array<number>(defaultFeatureConfig.logMel.bands).fill(-6),
  scale: 4,
  priorLogF0: 7.3,
  priorVoicedFrames: 50,
};

export const sixClassDescription: ModelDescription = {
  name: 'undertone-cremad',
  version: '0.1.0',
  labels: sixClasses,
  features: defaultFeatureConfig,
  normalisation: unmeasuredNormalisation,
  calibration: { temperature: 1 },
  speech: { onsetProbability: 0.6, offsetProbability: 0.4, minSpeechMs: 120 },
  abstention: { minConfidence: 0.35, minSpeechMs: 300 },
  sentiment: {
    classes: {
      angry: 'negative',
      disgust: 'negative',
      fearful: 'negative',
      happy: 'positive',
      neutral: 'neutral',
      sad: 'negative',
    },
    coordinates: {
      angry: { valence: -0.51, arousal: 0.59 },
      disgust: { valence: -0.6, arousal: 0.35 },
      fearful: { valence: -0.64, arousal: 0.6 },
      happy: { valence: 0.81, arousal: 0.51 },
      neutral: { valence: 0, arousal: 0 },
      sad: { valence: -0.63, arousal: -0.27 },
    },
    source:
      'Russell & Mehrabian 1977, "Evidence for a three-factor theory of emotions", J. Research in Personality 11:273-294',
  },
  training: {
    corpora: ['CREMA-D'],
    licence: 'Open Database License 1.0 (data); Apache-2.0 (weights)',
    seed: 1,
  },
  metrics: {},
};
