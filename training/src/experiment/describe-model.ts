/** What the manifest says of a trained model beside the network itself. */
import type { FeatureConfig, NormalisationConfig } from '@undertone/core';
import type { Experiment } from '../config/experiment.ts';
import type { Corpus } from '../data/clip.ts';
import { sentimentOf } from '../data/label-sentiment.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { summary } from '../evaluate/manifest-metrics.ts';
import { sixClassDescription } from '../export/six-class-description.ts';
import type { ModelDescription } from '../export/write-model-folder.ts';
import type { FamilyNetwork } from '../families/family-network.ts';

export { summary };

export interface TrainedModel {
  readonly experiment: Experiment;
  readonly corpora: readonly Corpus[];
  /** What is computed of the samples. */
  readonly features: FeatureConfig;
  readonly normalisation: NormalisationConfig;
  readonly trainSpeakers: number;
  readonly trainClips: number;
  /** Epochs that made the weights, with early stopping the best's; absent while training goes on. */
  readonly epochs?: number;
  /** Null while training goes on. */
  readonly evaluation: Evaluation | null;
  /** Whether the evaluation is of a model of the same recipe that had not heard those speakers. */
  readonly trainedOnAllSpeakers: boolean;
  /** Of a family of window models; absent of a streaming model, which is its parameters. */
  readonly network?: FamilyNetwork | undefined;
}

export function describeModel(model: TrainedModel): ModelDescription {
  const { experiment, corpora, features, normalisation, evaluation } = model;
  return {
    ...sixClassDescription,
    name: experiment.modelName,
    version: experiment.modelVersion,
    labels: experiment.labels,
    sentiment: sentimentOf(experiment.labels, experiment.sentiment),
    features,
    normalisation,
    calibration: { temperature: evaluation?.calibration.temperature ?? 1 },
    training: {
      corpora: corpora.map(({ title }) => title),
      licence: `${corpora.map(({ title, licence }) => `${title}: ${licence}`).join('; ')}; weights: ${weightsLicence(corpora)}`,
      seed: experiment.seed,
      ...(isClassifier(experiment) ? {} : { epochs: model.epochs ?? experiment.epochs }),
      speakers: model.trainSpeakers,
      clips: model.trainClips,
      variants: experiment.variants,
      allSpeakers: model.trainedOnAllSpeakers,
      // By speaker unless it says so.
      ...(experiment.splitBy === 'random' && { splitBy: experiment.splitBy }),
    },
    metrics: evaluation ? summary(evaluation) : {},
  };
}

/** What goes through its rows once has no epochs. */
function isClassifier({ family }: Experiment): boolean {
  return family === 'svm' || family === 'forest';
}

/**
 * A corpus that may not be used commercially binds the model made of it; of an unknown licence nothing follows.
 * @param base licences of the model that it starts from
 */
export function weightsLicence(corpora: readonly Corpus[], base = ''): string {
  const licences = [base, ...corpora.map(({ licence }) => licence)];
  if (licences.some((licence) => licence.includes('unknown'))) return 'unknown';
  return licences.some((licence) => licence.includes('-NC-')) ? 'CC-BY-NC-SA-4.0' : 'Apache-2.0';
}
