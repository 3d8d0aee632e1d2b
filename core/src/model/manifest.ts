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

/** What every manifest says, whatever the kind of the model. */
export interface ManifestBase {
  readonly schema: 'undertone.model/1';
  readonly name: string;
  readonly version: string;
  readonly labels: readonly string[];
  readonly features: FeatureConfig;
  /** `featureHash(features)` of the code that trained the model. */
  readonly featureHash: string;
  /** F: what the network takes per frame; of `functionals`, D: what it takes per window. */
  readonly inputSize: number;
  readonly calibration: { readonly temperature: number };
  readonly speech: SpeechDetectionConfig;
  readonly abstention: AbstentionConfig;
  readonly sentiment: SentimentConfig;
  readonly training: TrainingRecord;
  readonly metrics: Readonly<Record<string, unknown>>;
}

/** A recurrent network that advances by steps, and a head over what is pooled of them. */
export interface StreamingManifest extends ManifestBase {
  readonly kind: 'streaming';
  readonly normalisation: NormalisationConfig;
  readonly files: {
    readonly step: ModelFile;
    readonly head: ModelFile;
    /** Fits the head to a voice; a model without it recognises as well, and cannot be adapted. */
    readonly adapt?: ModelFile;
  };
  /** S: floats of state per stream; a stream starts with zeros. */
  readonly stateSize: number;
  /** K: values per step that are pooled; the head takes 2K (mean, deviation). */
  readonly valueSize: number;
  /** Frames per step of the recurrent network. */
  readonly stepFrames: number;
}

/** How windows lie in a stream: one ends every `hopFrames`. */
export interface WindowLayout {
  /** T, a multiple of `hopFrames`. */
  readonly windowFrames: number;
  readonly hopFrames: number;
}

/** A network over windows of normalised frames: in `features [N, T, F]`, out `logits [N, C]`. */
export interface FramesManifest extends ManifestBase, WindowLayout {
  readonly kind: 'frames';
  readonly normalisation: NormalisationConfig;
  readonly files: { readonly model: ModelFile };
}

/**
 * A classifier (SVM, forest) over the functionals of windows: in `functionals [N, D]`, out `label` and
 * `probabilities [N, C]`. `features.functionals` says which.
 */
export interface FunctionalsManifest extends ManifestBase, WindowLayout {
  readonly kind: 'functionals';
  readonly files: { readonly model: ModelFile };
}

export type WindowManifest = FramesManifest | FunctionalsManifest;
export type Manifest = StreamingManifest | WindowManifest;
export type ModelKind = Manifest['kind'];
