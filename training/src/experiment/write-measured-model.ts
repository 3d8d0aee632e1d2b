/** A trained and measured model as a folder with its card. */
import { join } from 'node:path';
import type { Manifest } from '@undertone/core';
import { modelConfigOf } from '../config/derived.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { writeModelFolder } from '../export/write-model-folder.ts';
import { modelCard } from '../report/model-card.ts';
import { writeFileAtomically } from '../train/write-file-atomically.ts';
import { describeModel, type TrainedModel, weightsLicence } from './describe-model.ts';

/** A trained model as the product loads it, of whichever family. */
export async function writeTrainedModel(
  folder: string,
  model: TrainedModel,
  parameters: Float32Array,
): Promise<Manifest> {
  const description = describeModel(model);
  if (model.network) return model.network.write(folder, description);
  const config = modelConfigOf(model.experiment, model.features);
  return writeModelFolder(folder, { parameters, config, description });
}

export async function writeMeasuredModel(
  out: string,
  model: TrainedModel,
  parameters: Float32Array,
  evaluation: Evaluation,
): Promise<void> {
  const manifest = await writeTrainedModel(out, model, parameters);
  const card = modelCard({
    manifest,
    evaluation,
    corpora: model.corpora,
    licence: weightsLicence(model.corpora),
    experiment: model.experiment,
    parameters: model.network?.parameters ?? parameters.length,
    trainSpeakers: model.trainSpeakers,
    trainClips: model.trainClips,
    trainedOnAllSpeakers: model.trainedOnAllSpeakers,
    heldOutClipsOnly: model.experiment.splitBy === 'random',
  });
  await writeFileAtomically(join(out, 'MODEL_CARD.md'), card);
}
