/** Trains one model of windows in one run folder, and says how it goes: what `runTrainingPhase` is to the streaming model. */
import { describeModel } from '../experiment/describe-model.ts';
import type { PhaseResult, TrainingPhase } from '../experiment/training-phase.ts';
import { scoresText, type ValidationScores, validationScores } from '../experiment/validation-scores.ts';
import type { FamilyNetwork } from './family-network.ts';
import { trainClassifier } from './train-classifier.ts';
import { trainCnnFamily } from './train-cnn-family.ts';
import { framesLayout, functionalsLayout } from './window-layout.ts';

/** @throws UndertoneError */
export async function runFamilyPhase(phase: TrainingPhase): Promise<PhaseResult> {
  const { model, data, folder, validation, progress, signal, resume } = phase;
  const { experiment, features, normalisation } = model;
  let last: ValidationScores = {};
  const validate = async (network: FamilyNetwork, epoch: number): Promise<void> => {
    if (validation.length === 0) return;
    last = await scoresOfNetwork(phase, network);
    folder.addToCurves({ epoch, validation: last });
    progress.note(`${phase.name} epoch ${epoch}: validation UAR ${scoresText(last)}`);
    phase.onValidation?.(epoch, last);
  };
  const shared = { experiment, progress, signal };
  const network =
    experiment.family === 'cnn'
      ? await trainCnnFamily({
          ...shared,
          layout: framesLayout(experiment, features, normalisation),
          batches: data.batches,
          folder,
          resume,
          onValidate: validate,
        })
      : await trainClassifier({
          ...shared,
          layout: functionalsLayout(experiment, features),
          corpora: data.batches.corpora.map(({ variants }) => variants),
        });
  const parameters = new Float32Array(0);
  if (!network) return { parameters, epochs: 0, finished: false, validation: last };
  progress.note(`${network.summary}.`);
  // Classifiers are validated once; so is a run that was resumed after its end.
  if (Object.keys(last).length === 0)
    await validate(network, experiment.family === 'cnn' ? experiment.epochs : 1);
  return { parameters, epochs: experiment.epochs, finished: true, validation: last, network };
}

async function scoresOfNetwork(phase: TrainingPhase, network: FamilyNetwork): Promise<ValidationScores> {
  const { folder, model, validation } = phase;
  await network.write(folder.latestModelPath, phase.description ?? describeModel(model));
  return validationScores(folder.latestModelPath, validation);
}
