/** One experiment from loaded recordings to a measured model, for commands, tuning and comparison alike. */
import { join } from 'node:path';
import type { Experiment } from '../config/experiment.ts';
import { featuresOf } from '../config/fields-of-preprocessing.ts';
import type { Places } from '../config/places.ts';
import type { Corpus } from '../data/clip.ts';
import { type Evaluation, evaluateModel } from '../evaluate/evaluation.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { checkTrainingClips } from '../families/check-training-clips.ts';
import type { CachedVariant } from '../features/feature-cache.ts';
import { evaluationVariants, type VariantSpec } from '../preprocess/variant.ts';
import { type Split, speakersOf } from '../split/split.ts';
import { writeFileAtomically } from '../train/write-file-atomically.ts';
import type { TrainedModel } from './describe-model.ts';
import { openCache, prepareTraining } from './prepare-data.ts';
import { type Progress, silent } from './progress.ts';
import { RunFolder, runRecord } from './run-folder.ts';
import { runTrainingPhase } from './training-phase.ts';
import type { ValidationScores } from './validation-scores.ts';
import { writeTrainedModel } from './write-measured-model.ts';

export interface ExperimentRun {
  readonly corpora: readonly Corpus[];
  readonly split: Split;
  /** Folder of the run: configuration, curves, checkpoint, models. */
  readonly folder: string;
  /** Folder of computed features; runs of the same recordings share one. */
  readonly cache: string;
  /** Go on with the run in `folder`. */
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
  /** Kept in the run's folder, so that it can be repeated by its `experiment.yaml`. */
  readonly places?: Partial<Places>;
  /** UAR of the validation speakers by condition, after each `validateEvery` epochs. */
  readonly onValidation?: (epoch: number, scores: ValidationScores) => void;
  /** `full` (the default) measures everything in every condition; `validation` keeps to what `onValidation` is told. */
  readonly measure?: 'full' | 'validation';
}

export interface ExperimentResult {
  /** Of the validation speakers; null with `measure: 'validation'`. */
  readonly evaluation: Evaluation | null;
  /** Of the model, in the conditions that training looks at. */
  readonly validation: ValidationScores;
  /** Flat vector in the order of `streamingModelLayout`; empty of the other families, which have `model.network`. */
  readonly parameters: Float32Array;
  /** The exported model. */
  readonly modelFolder: string;
  readonly model: TrainedModel;
}

/** Conditions looked at during training. */
export const watchedVariants: readonly VariantSpec[] = evaluationVariants.filter(({ name }) =>
  ['clean', 'telephone'].includes(name),
);

/**
 * Trains on `split.train`, measures on `split.validation`; nobody else is read.
 * @returns null when the signal stopped the training; with `resume` it goes on
 * @throws UndertoneError `aborted` when the signal stopped something else
 */
export async function runExperiment(
  experiment: Experiment,
  run: ExperimentRun,
): Promise<ExperimentResult | null> {
  const { corpora, split, resume = false, progress = silent, measure = 'full' } = run;
  const signal = run.signal ?? new AbortController().signal;
  checkTrainingClips(experiment, split.train);
  const folder = new RunFolder(run.folder);
  await folder.open(runRecord(experiment, corpora, split), resume, run.places);
  const features = featuresOf(experiment);
  const cache = openCache(run.cache, { ...experiment, features }, progress, signal);
  const data = await prepareTraining(experiment, corpora, split.train, cache);
  const variants = measure === 'full' ? evaluationVariants : watchedVariants;
  const conditions = await cache.clips('evaluation', split.validation, variants, split.train);
  const watched = watchedVariants.map(({ name }) => name);
  const model: TrainedModel = {
    experiment,
    corpora,
    features,
    normalisation: data.normalisation,
    evaluation: null,
    trainedOnAllSpeakers: false,
    trainSpeakers: speakersOf(split.train).length,
    trainClips: data.clips,
  };
  const result = await runTrainingPhase({
    name: 'training',
    model,
    data,
    folder,
    validation: conditions.filter(({ variant }) => watched.includes(variant)),
    resume,
    progress,
    signal,
    onValidation: run.onValidation,
  });
  if (!result.finished) return null;
  const { parameters, validation, network, epochs } = result;
  const trained: TrainedModel = { ...model, network, epochs };
  await writeTrainedModel(folder.latestModelPath, trained, parameters);
  const evaluation =
    measure === 'full' ? await measureModel(folder, conditions, experiment.seed, { progress, signal }) : null;
  const modelFolder = folder.latestModelPath;
  return { evaluation, validation, parameters, modelFolder, model: { ...trained, evaluation } };
}

async function measureModel(
  folder: RunFolder,
  conditions: readonly CachedVariant[],
  seed: number,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<Evaluation> {
  const runtime = await openModelFolder(folder.latestModelPath);
  try {
    const evaluation = await evaluateModel(runtime, conditions, seed, 'fitted', {
      signal,
      onProgress: (done, total, condition) => progress.update('conditions', done, total, condition),
    });
    const text = `${JSON.stringify(evaluation, null, 2)}\n`;
    await writeFileAtomically(join(folder.path, 'evaluation.json'), text);
    return evaluation;
  } finally {
    await runtime.close();
  }
}
