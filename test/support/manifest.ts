/** A small valid manifest for tests. */
import { defaultFeatureConfig, type StreamingManifest } from '@undertone/core';

export function testManifest(overrides: Partial<StreamingManifest> = {}): StreamingManifest {
  return {
    schema: 'undertone.model/1',
    name: 'test',
    version: '1.0.0',
    kind: 'streaming',
    labels: ['angry', 'happy', 'neutral'],
    features: defaultFeatureConfig,
    featureHash: '0',
    normalisation: {
      kind: 'causal-mean',
      priorFrames: 100,
      maxFrames: 3000,
      priorMean: new Array<number>(64).fill(-6),
      scale: 4,
      priorLogF0: 7.3,
      priorVoicedFrames: 50,
    },
    files: {
      step: { path: 'step.onnx', sha256: '0'.repeat(64) },
      head: { path: 'head.onnx', sha256: '0'.repeat(64) },
    },
    inputSize: 67,
    stateSize: 2,
    valueSize: 3,
    stepFrames: 4,
    calibration: { temperature: 1 },
    speech: { onsetProbability: 0.6, offsetProbability: 0.4, minSpeechMs: 120 },
    abstention: { minConfidence: 0.4, minSpeechMs: 300 },
    sentiment: {
      classes: { angry: 'negative', happy: 'positive', neutral: 'neutral' },
      coordinates: {
        angry: { valence: -0.5, arousal: 0.6 },
        happy: { valence: 0.8, arousal: 0.5 },
        neutral: { valence: 0, arousal: 0 },
      },
      source: 'test',
    },
    training: { corpora: ['none'], licence: 'none', seed: 0 },
    metrics: {},
    ...overrides,
  };
}
