/** What the parts of a run are given, from the one configuration. */
import {
  type FeatureConfig,
  modelFrameSize,
  type NormalisationConfig,
  UndertoneError,
} from '@undertone/core';
import type { BatchSourceOptions } from '../data/batch-options.ts';
import type { LabelScheme } from '../data/label-scheme.ts';
import { sentimentOf } from '../data/label-sentiment.ts';
import type { CachedVariant } from '../features/feature-cache.ts';
import { frozenParameters } from '../models/frozen-parameters.ts';
import { type StreamingModelConfig, stepFrames } from '../models/model-config.ts';
import { listNoiseFiles } from '../preprocess/noise-files.ts';
import {
  noiseFilesSpec,
  noiseFilesVariant,
  optionalVariants,
  trainingVariants,
  type VariantSpec,
} from '../preprocess/variant.ts';
import type { BatchSourceSpec } from '../train/batch.ts';
import { defaultOptimiser, type OptimiserConfig } from '../train/optimiser.ts';
import type { TrainingConfig } from '../train/training-config.ts';
import type { Experiment } from './experiment.ts';
import { featuresOf } from './fields-of-preprocessing.ts';

const shards = 2;

/** @throws UndertoneError `bad_config` when background sounds from files are asked for, and there are none */
export function variantsOf({ variants, noiseFolder }: Experiment): VariantSpec[] {
  const found = [...trainingVariants, ...optionalVariants].filter(({ name }) => variants.includes(name));
  if (!variants.includes(noiseFilesVariant)) return found;
  if (noiseFolder === null) {
    throw new UndertoneError(
      'bad_config',
      `Field variants: ${noiseFilesVariant} needs the field noiseFolder, a folder of recordings; found none.`,
    );
  }
  return [...found, noiseFilesSpec(listNoiseFiles(noiseFolder))];
}

/** @param features what the network is fed; those of the experiment when left out */
export function modelConfigOf(
  experiment: Experiment,
  features: FeatureConfig = featuresOf(experiment),
): StreamingModelConfig {
  const { channels, convFeatureSize, pitchSize, gruSize, dropout } = experiment;
  return {
    inputSize: modelFrameSize(features),
    bands: features.logMel.bands,
    channels,
    convFeatureSize,
    pitchSize,
    gruSize,
    classes: experiment.labels.length,
    dropout,
  };
}

/**
 * The classes, once it is known that a manifest can be written for them.
 * @throws UndertoneError `bad_config`
 */
export function labelSchemeOf({
  labels,
  labelMap,
  sentiment,
  softLabels,
  labelVotes,
}: Experiment): LabelScheme {
  sentimentOf(labels, sentiment);
  return { labels, labelMap, softLabels, labelVotes };
}

export function optimiserOf(experiment: Experiment): OptimiserConfig {
  const { learningRate, warmupShare, weightDecay, clipNorm, averageDecay, schedule } = experiment;
  const { averageShare, averageRate } = experiment;
  return {
    ...defaultOptimiser,
    learningRate,
    warmupShare,
    weightDecay,
    clipNorm,
    averageDecay,
    // What is not used is absent, so that it changes no run's identity.
    ...(schedule !== 'one-cycle' && { schedule }),
    ...(averageShare > 0 && { averageShare, averageRate }),
  };
}

/**
 * @param features what the network is fed
 * @param validated whether there are validation speakers, for whom early stopping can wait
 */
export function trainingConfigOf(
  experiment: Experiment,
  features: FeatureConfig,
  source: BatchSourceSpec,
  validated: boolean,
): TrainingConfig {
  const { epochs, seed, speechLossWeight, freeze, patience } = experiment;
  const model = modelConfigOf(experiment, features);
  return {
    model,
    optimiser: optimiserOf(experiment),
    source,
    epochs,
    seed,
    speechLossWeight,
    ...(freeze !== 'none' && { frozen: frozenParameters(model, freeze) }),
    ...(patience > 0 && validated && { patience }),
  };
}

/** @throws UndertoneError `bad_config` */
export function batchSourceOptionsOf(
  experiment: Experiment,
  corpora: readonly (readonly CachedVariant[])[],
  nonSpeech: CachedVariant | null,
  normalisation: NormalisationConfig,
  softTargets: BatchSourceOptions['softTargets'] = {},
  features: FeatureConfig = featuresOf(experiment),
): BatchSourceOptions {
  checkBatches(experiment);
  const e = experiment;
  return {
    corpora: corpora.map((variants) => ({
      variants: variants.map((file) => ({
        ...file,
        ...(isNoisy(file) ? { weight: e.noiseWeight, isNoisy: true } : { weight: 1, isNoisy: false }),
      })),
    })),
    nonSpeech,
    nonSpeechShare: e.nonSpeechShare,
    nonSpeechWeight: e.nonSpeechWeight,
    features,
    normalisation,
    labels: e.labels,
    softTargets,
    seed: e.seed,
    shards,
    shardRows: e.batchRows / shards,
    stepFrames,
    frameBuckets: e.frameBuckets,
    spanViews: e.spanViews,
    spanWeight: e.spanWeight,
    spanSpeechS: e.spanSpeechS,
    labelSmoothing: e.labelSmoothing,
    sampling: e.sampling,
    augmentation: {
      wideGainProbability: e.wideGainProbability,
      narrowGainDb: e.narrowGainDb,
      wideGainLowDb: e.wideGainLowDb,
      wideGainHighDb: e.wideGainHighDb,
      backgroundProbability: e.backgroundProbability,
      backgroundLowDb: e.backgroundLowDb,
      backgroundHighDb: e.backgroundHighDb,
      studioProbability: e.studioProbability,
      equaliserProbability: e.equaliserProbability,
      equaliserDb: e.equaliserDb,
      dynamicsProbability: e.dynamicsProbability,
      dynamicsLow: e.dynamicsLow,
      dynamicsHigh: e.dynamicsHigh,
      pitchShiftProbability: e.pitchShiftProbability,
      pitchShiftOctaves: e.pitchShiftOctaves,
      masks: e.masks,
      maskBands: e.maskBands,
      maskFrames: e.maskFrames,
      // What is not used is absent, so that it changes no run's identity.
      ...(e.vocalTractProbability > 0 && {
        vocalTract: { probability: e.vocalTractProbability, range: e.vocalTractRange },
      }),
    },
    ...(e.mixup > 0 && { mixup: e.mixup }),
    ...(e.classWeights !== 'balanced' && { classWeights: e.classWeights }),
    context: {
      probability: e.contextProbability,
      lowS: e.contextLowS,
      highS: e.contextHighS,
      sameSpeakerProbability: e.contextSameSpeakerProbability,
      pauseProbability: e.contextPauseProbability,
      soundProbability: e.contextSoundProbability,
      warmUpProbability: e.warmUpProbability,
      warmUpS: e.warmUpS,
    },
  };
}

function isNoisy({ variant }: CachedVariant): boolean {
  return [...trainingVariants, ...optionalVariants].some(
    ({ name, noise }) => name === variant && noise !== undefined,
  );
}

function checkBatches({ batchRows, frameBuckets, classWeights, labels }: Experiment): void {
  const unknown =
    typeof classWeights === 'object' && Object.keys(classWeights).find((name) => !labels.includes(name));
  if (unknown) {
    throw new UndertoneError(
      'bad_config',
      `Field classWeights: expected labels of ${labels.join(', ')}; found "${unknown}".`,
    );
  }
  if (batchRows % shards !== 0) {
    throw new UndertoneError('bad_config', `Field batchRows: expected an even number, found ${batchRows}.`);
  }
  for (const [i, frames] of frameBuckets.entries()) {
    if (frames % stepFrames !== 0 || frames <= (frameBuckets[i - 1] ?? 0)) {
      throw new UndertoneError(
        'bad_config',
        `Field frameBuckets: expected ascending multiples of ${stepFrames}, found ${frameBuckets.join(', ')}.`,
      );
    }
  }
}
