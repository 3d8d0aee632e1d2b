/** What the manifest says of a trained model beside the network itself. */
import type { FeatureConfig, NormalisationConfig } from '@undertone/core';
import type { Experiment } from '../config/experiment.ts';
import type { Corpus } from '../data/clip.ts';
import { sentimentOf } from '../data/label-sentiment.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { sixClassDescription } from '../export/six-class-description.ts';
import type { ModelDescription } from '../export/write-model-folder.ts';
import type { FamilyNetwork } from '../families/family-network.ts';

export interface TrainedModel {
  readonly experiment: Experiment;
  readonly corpora: readonly Corpus[];
  /** What is computed of the samples. */
  readonly features: FeatureConfig;
  readonly normalisation: NormalisationConfig;
  readonly trainSpeakers: number;
  readonly trainClips: number;
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
      epochs: experiment.epochs,
      speakers: model.trainSpeakers,
      clips: model.trainClips,
      allSpeakers: model.trainedOnAllSpeakers,
    },
    metrics: evaluation ? summary(evaluation) : {},
  };
}

/** A corpus that may not be used commercially binds the model made of it; of an unknown licence nothing follows. */
export function weightsLicence(corpora: readonly Corpus[]): string {
  if (corpora.some(({ licence }) => licence === 'unknown')) return 'unknown';
  return corpora.some(({ licence }) => licence.includes('-NC-')) ? 'CC-BY-NC-SA-4.0' : 'Apache-2.0';
}

/** The numbers of an evaluation that are kept in the manifest, as shares of 1. */
export function summary(evaluation: Evaluation): Record<string, unknown> {
  const { wideband, calibration, speechAuc } = evaluation;
  const round = (value: number): number => Number(value.toFixed(4));
  const uars = (groups: readonly { name: string; uar: number }[]): Record<string, number> =>
    Object.fromEntries(groups.map(({ name, uar }) => [name, round(uar)]));
  return {
    speakers: evaluation.speakers,
    clips: wideband.clips,
    uar: round(wideband.uar),
    uarInterval: [round(wideband.interval.low), round(wideband.interval.high)],
    accuracy: round(wideband.accuracy),
    recall: Object.fromEntries(
      evaluation.labels.map((label, i) => [label, round(wideband.perClass[i]!.recall)]),
    ),
    uarByCondition: uars(evaluation.byCondition),
    uarBySecondsHeard: uars(evaluation.bySecondsHeard),
    uarBySex: uars(evaluation.bySex),
    calibrationError: round(calibration.crossFittedError),
    speechAuc: round(Object.values(speechAuc)[0] ?? Number.NaN),
  };
}
