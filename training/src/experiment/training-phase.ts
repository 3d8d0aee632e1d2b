/** Trains one model in one run folder, and says how it goes. */

import { modelConfigOf, trainingConfigOf } from '../config/derived.ts';
import { batchSourceModule } from '../data/batch-source.ts';
import { type ModelDescription, writeModelFolder } from '../export/write-model-folder.ts';
import type { FamilyNetwork } from '../families/family-network.ts';
import { runFamilyPhase } from '../families/run-family-phase.ts';
import type { CachedVariant } from '../features/feature-cache.ts';
import { duration } from '../report/progress-line.ts';
import type { TrainingProgress } from '../train/progress-meter.ts';
import { type TrainingResult, train } from '../train/trainer.ts';
import { describeModel, type TrainedModel } from './describe-model.ts';
import type { TrainingData } from './prepare-data.ts';
import type { Progress } from './progress.ts';
import type { RunFolder } from './run-folder.ts';
import {
  keptText,
  meanScore,
  scoresText,
  type ValidationScores,
  validationScores,
} from './validation-scores.ts';

export interface TrainingPhase {
  readonly name: string;
  readonly model: TrainedModel;
  readonly data: TrainingData;
  readonly folder: RunFolder;
  /** Clean and telephone features of the validation clips; empty for none. */
  readonly validation: readonly CachedVariant[];
  readonly resume: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** First parameters, instead of random ones. */
  readonly startFrom?: Float32Array;
  /** What the model's manifest says meanwhile; that of a trained model when left out. */
  readonly description?: ModelDescription;
  readonly onValidation?: ((epoch: number, scores: ValidationScores) => void) | undefined;
}

export interface PhaseResult extends TrainingResult {
  /** Of what was trained, with early stopping the best; none without validation speakers. */
  readonly validation: ValidationScores;
  /** What was trained, of a family of window models; they have no flat parameters. */
  readonly network?: FamilyNetwork;
}

export async function runTrainingPhase(phase: TrainingPhase): Promise<PhaseResult> {
  const { name, model, data, folder, validation, progress, signal } = phase;
  const { experiment } = model;
  if (experiment.family !== 'gru') return runFamilyPhase(phase);
  let lastUar = '';
  const seen = new Map<number, ValidationScores>();
  const result = await train(
    trainingConfigOf(
      experiment,
      model.features,
      { module: batchSourceModule, options: data.batches },
      validation.length > 0,
    ),
    {
      threads: experiment.threads > 0,
      checkpointPath: folder.checkpointPath,
      resume: phase.resume && folder.hasCheckpoint,
      signal,
      validateEvery: experiment.validateEvery,
      ...(phase.startFrom && { startFrom: phase.startFrom }),
      onProgress: (at) => {
        progress.update(`${name} epoch ${at.epoch}/${at.epochs}`, at.step, at.steps, detail(at, lastUar));
        if (at.step === at.steps) folder.addToCurves(epochLine(at));
      },
      ...(validation.length > 0 && {
        onValidate: async (parameters: Float32Array, epoch: number) => {
          const scores = await validate(phase, parameters);
          folder.addToCurves({ epoch, validation: scores });
          seen.set(epoch, scores);
          lastUar = scoresText(scores);
          progress.note(`${name} epoch ${epoch}: validation UAR ${lastUar}`);
          phase.onValidation?.(epoch, scores);
          return meanScore(scores);
        },
      }),
    },
  );
  if (!result.finished) {
    progress.note(`Stopped after ${result.epochs} of ${experiment.epochs} epochs; go on with --resume.`);
  }
  if (!result.finished || validation.length === 0) return { ...result, validation: {} };
  if (experiment.patience > 0) progress.note(keptText(result.epochs, experiment));
  // A run that was resumed after its best epoch has not seen it.
  const scores = seen.get(result.epochs) ?? (await validate(phase, result.parameters));
  return { ...result, validation: scores };
}

/** UAR of the averaged weights by condition, through the exported network. */
async function validate(phase: TrainingPhase, parameters: Float32Array): Promise<ValidationScores> {
  const { model, folder, validation } = phase;
  await writeModelFolder(folder.latestModelPath, {
    parameters,
    config: modelConfigOf(model.experiment, model.features),
    description: phase.description ?? describeModel(model),
  });
  return validationScores(folder.latestModelPath, validation);
}

function detail({ loss, secondsLeft }: TrainingProgress, uar: string): string {
  return `loss ${loss.toFixed(4)}${uar && `, UAR ${uar}`}, ${duration(secondsLeft)} left`;
}

function epochLine({
  epoch,
  loss,
  classLoss,
  speechLoss,
  learningRate,
}: TrainingProgress): Record<string, number> {
  return { epoch, loss, classLoss, speechLoss, learningRate };
}
