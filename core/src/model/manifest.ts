/** The contract between training and everything that runs a model (`manifest.json`), validated on load. */
import type { NormalisationConfig } from '../features/causal-normaliser.ts';
import type { FeatureConfig } from '../features/feature-config.ts';

export interface ModelFile {
  /** File name beside the manifest. */
  readonly path: string;
  /** SHA-256 of the file, lower-case hex. */
  readonly sha256: string;
}

export interface SpeechDetectionConfig {
  /** Probability at or above which a step counts towards the onset of speech. */
  readonly onsetProbability: number;
  /** Probability below which a step counts towards the end of speech. */
  readonly offsetProbability: number;
  /** Consecutive onset time before speech is declared. */
  readonly minSpeechMs: number;
}

export interface AbstentionConfig {
  /** A label is withheld when the calibrated probability of the best class is below this. */
  readonly minConfidence: number;
  /** A label is withheld when less speech than this was heard. */
  readonly minSpeechMs: number;
}

export type SentimentLabel = 'negative' | 'neutral' | 'positive';

export interface SentimentConfig {
  /** Sentiment of each class. */
  readonly classes: Readonly<Record<string, SentimentLabel>>;
  /** Published coordinates of each class, in [-1, 1]. */
  readonly coordinates: Readonly<Record<string, { readonly valence: number; readonly arousal: number }>>;
  /** Where the coordinates were published. */
  readonly source: string;
}

export interface TrainingRecord {
  readonly corpora: readonly string[];
  readonly licence: string;
  readonly seed: number;
  readonly [key: string]: unknown;
}

export interface Manifest {
  readonly schema: 'undertone.model/1';
  readonly name: string;
  readonly version: string;
  readonly kind: 'streaming';
  readonly labels: readonly string[];
  readonly features: FeatureConfig;
  /** `featureHash(features)` of the code that trained the model. */
  readonly featureHash: string;
  readonly normalisation: NormalisationConfig;
  readonly files: { readonly step: ModelFile; readonly head: ModelFile };
  /** F: model inputs per frame. */
  readonly inputSize: number;
  /** S: floats of state per stream; a stream starts with zeros. */
  readonly stateSize: number;
  /** K: values per step that are pooled; the head takes 2K (mean, deviation). */
  readonly valueSize: number;
  /** Frames per step of the recurrent network. */
  readonly stepFrames: number;
  readonly calibration: { readonly temperature: number };
  readonly speech: SpeechDetectionConfig;
  readonly abstention: AbstentionConfig;
  readonly sentiment: SentimentConfig;
  readonly training: TrainingRecord;
  readonly metrics: Readonly<Record<string, unknown>>;
}
