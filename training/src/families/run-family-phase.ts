/** Trains one model of windows in one run folder, and says how it goes: what `runTrainingPhase` is to the streaming model. */
import { describeModel } from '../experiment/describe-model.ts';
import type { PhaseResult, TrainingPhase } from '../experiment/training-phase.ts';
import {
  keptText,
  meanScore,
  scoresText,
  type ValidationScores,
  validationScores,
} from '../experiment/validation-scores.ts';
import type { FamilyNetwork } from './family-network.ts';
import { trainClassifier } from './train-classifier.ts';
import { trainCnnFamily } from './train-cnn-family.ts';
import { framesLayout, functionalsLayout } from './window-layout.ts';

/** @throws UndertoneError */
export async function runFamilyPhase(phase: TrainingPhase): Promise<PhaseResult> {
  const { model, data, folder, validation, progress, signal, resume } = phase;
  const { experiment, features, normalisation } = model;
  const seen = new Map<number, ValidationScores>();
  const validate = async (network: FamilyNetwork, epoch: number): Promise<number> => {
    const scores = await scoresOfNetwork(phase, network);
    seen.set(epoch, scores);
    folder.addToCurves({ epoch, validation: scores });
    progress.note(`${phase.name} epoch ${epoch}: validation UAR ${scoresText(scores)}`);
    phase.onValidation?.(epoch, scores);
    return meanScore(scores);
  };
  const isValidated = validation.length > 0;
  const shared = { experiment, progress, signal };
  const trained =
    experiment.family === 'cnn'
      ? await trainCnnFamily({
          ...shared,
          layout: framesLayout(experiment, features, normalisation),
          batches: data.batches,
          folder,
          resume,
          onValidate: isValidated ? validate : undefined,
        })
      : await trainClassifier({
          ...shared,
          layout: functionalsLayout(experiment, features),
          corpora: data.batches.corpora.map(({ variants }) => variants),
        });
  const parameters = new Float32Array(0);
  if (!trained) return { parameters, epochs: 0, finished: false, validation: {} };
  const { network, epochs } = trained;
  progress.note(`${network.summary}.`);
  if (isValidated && experiment.patience > 0 && experiment.family === 'cnn') {
    progress.note(keptText(epochs, experiment));
  }
  // Classifiers are validated once; so is a run that was resumed after its best epoch.
  if (isValidated && !seen.has(epochs)) await validate(network, epochs);
  return { parameters, epochs, finished: true, validation: seen.get(epochs) ?? {}, network };
}

async function scoresOfNetwork(phase: TrainingPhase, network: FamilyNetwork): Promise<ValidationScores> {
  const { folder, model, validation } = phase;
  await network.write(folder.latestModelPath, phase.description ?? describeModel(model));
  return validationScores(folder.latestModelPath, validation);
}
