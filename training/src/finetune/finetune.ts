/**
 * Adapts a streaming model to other voices with a few minutes of their speech: its front stays, the rest is trained on at
 * a low rate and only as long as speech that was not trained on gains by it. Measured before and after on speakers that
 * neither the training nor the stopping has read.
 */
import { join } from 'node:path';
import type { NormalisationConfig } from '@undertone/core';
import type { Experiment } from '../config/experiment.ts';
import type { Corpus } from '../data/clip.ts';
import { fitTemperature } from '../evaluate/calibration.ts';
import { type Evaluation, evaluateModel } from '../evaluate/evaluation.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { runModel } from '../evaluate/run-model.ts';
import type { TrainedModel } from '../experiment/describe-model.ts';
import { openCache, prepareTraining } from '../experiment/prepare-data.ts';
import { type Progress, silent } from '../experiment/progress.ts';
import { watchedVariants } from '../experiment/run-experiment.ts';
import { RunFolder, runRecord } from '../experiment/run-folder.ts';
import { runTrainingPhase } from '../experiment/training-phase.ts';
import { type ModelDescription, writeModelFolder } from '../export/write-model-folder.ts';
import type { CachedVariant } from '../features/feature-cache.ts';
import type { VariantSpec } from '../preprocess/variant.ts';
import { speakersOf } from '../split/split.ts';
import { writeFileAtomically } from '../train/write-file-atomically.ts';
import type { BaseModel } from './base-model.ts';
import type { AdaptationClips } from './choose-clips.ts';
import { type Tuned, tunedCard, tunedDescription } from './describe-tuned.ts';

export interface FinetuneRun {
  readonly base: BaseModel;
  readonly corpora: readonly Corpus[];
  readonly clips: AdaptationClips;
  /** Model folder to write. */
  readonly out: string;
  /** Folder of the run. */
  readonly folder: string;
  /** Folder of computed features. */
  readonly cache: string;
  /** Prior means of the normaliser: those of the new recordings, or the model's own. */
  readonly priors: 'measured' | 'kept';
  /** What is measured before and after; clean and telephone when left out. */
  readonly conditions?: readonly VariantSpec[];
  readonly resume?: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: Progress;
}

/** Fewer clips than this say nothing of confidence. */
const clipsToCalibrateBy = 30;

/** @returns null when the signal stopped it; with `resume` it goes on */
export async function finetune(experiment: Experiment, run: FinetuneRun): Promise<Tuned | null> {
  const { base, corpora, clips, resume = false, progress = silent } = run;
  const { split } = clips;
  const { features } = base.manifest;
  const signal = run.signal ?? new AbortController().signal;
  const folder = new RunFolder(run.folder);
  await folder.open(runRecord(experiment, corpora, split), resume);
  const cache = openCache(run.cache, { ...experiment, features }, progress, signal);
  const conditions = run.conditions ?? watchedVariants;
  const heldOut = await cache.clips('held-out', clips.heldOut, conditions, clips.heldOut);
  const before = await measure(base.folder, heldOut, experiment.seed);

  const data = await prepareTraining(experiment, corpora, split.train, cache);
  const normalisation = normalisationOf(base, data.normalisation, run.priors);
  const watched = await cache.clips('stopping', split.validation, watchedVariants, split.train);
  const model: TrainedModel = {
    experiment,
    corpora,
    features,
    normalisation,
    evaluation: null,
    trainedOnAllSpeakers: false,
    trainSpeakers: speakersOf(split.train).length,
    trainClips: data.clips,
  };
  const description = tunedDescription(base, model, clips);
  const result = await runTrainingPhase({
    name: 'tuning',
    model,
    data: { ...data, normalisation, batches: { ...data.batches, normalisation } },
    folder,
    validation: watched,
    resume,
    signal,
    progress,
    startFrom: base.parameters,
    description,
  });
  if (!result.finished) return null;

  const { parameters } = result;
  const write = (to: string, text: ModelDescription): Promise<unknown> =>
    writeModelFolder(to, {
      parameters,
      config: { ...base.config, dropout: experiment.dropout },
      description: text,
    });
  await write(folder.latestModelPath, description);
  const temperature = await calibrate(folder.latestModelPath, watched, base.manifest.calibration.temperature);
  const calibrated = { ...description, calibration: { temperature } };
  await write(folder.latestModelPath, calibrated);
  const after = await measure(folder.latestModelPath, heldOut, experiment.seed);
  const tuned: Tuned = { base, model, clips, epochs: result.epochs, before, after };
  await write(run.out, tunedDescription(base, model, clips, { temperature, tuned }));
  await writeFileAtomically(join(run.out, 'MODEL_CARD.md'), tunedCard(tuned));
  for (const [name, evaluation] of Object.entries({ before, after })) {
    const path = join(folder.path, name === 'after' ? 'evaluation.json' : 'evaluation-before.json');
    await writeFileAtomically(path, `${JSON.stringify(evaluation, null, 2)}\n`);
  }
  return tuned;
}

function normalisationOf(
  { manifest }: BaseModel,
  measured: NormalisationConfig,
  priors: FinetuneRun['priors'],
): NormalisationConfig {
  const own = manifest.normalisation;
  if (priors === 'kept') return own;
  return { ...own, priorMean: measured.priorMean, priorLogF0: measured.priorLogF0 };
}

async function measure(
  folder: string,
  variants: readonly CachedVariant[],
  seed: number,
): Promise<Evaluation> {
  const runtime = await openModelFolder(folder);
  try {
    return await evaluateModel(runtime, variants, seed);
  } finally {
    await runtime.close();
  }
}

/** On the clips that said when to stop; where they are too few the temperature of before stays. */
async function calibrate(
  folder: string,
  stopping: readonly CachedVariant[],
  before: number,
): Promise<number> {
  const runtime = await openModelFolder(folder);
  try {
    const judged = [];
    for (const variant of stopping) judged.push(...(await runModel(runtime, variant)).clips);
    return judged.length < clipsToCalibrateBy * stopping.length ? before : fitTemperature(judged);
  } finally {
    await runtime.close();
  }
}
