/** A trained and measured model as a folder with its card. */
import { join } from 'node:path';
import { modelConfigOf } from '../config/derived.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { writeModelFolder } from '../export/write-model-folder.ts';
import { modelCard } from '../report/model-card.ts';
import { writeFileAtomically } from '../train/write-file-atomically.ts';
import { describeModel, type TrainedModel, weightsLicence } from './describe-model.ts';

export async function writeMeasuredModel(
  out: string,
  model: TrainedModel,
  parameters: Float32Array,
  evaluation: Evaluation,
): Promise<void> {
  const config = modelConfigOf(model.experiment, model.features);
  const manifest = await writeModelFolder(out, { parameters, config, description: describeModel(model) });
  const card = modelCard({
    manifest,
    evaluation,
    corpora: model.corpora,
    licence: weightsLicence(model.corpora),
    parameters: parameters.length,
    trainSpeakers: model.trainSpeakers,
    trainClips: model.trainClips,
    trainedOnAllSpeakers: model.trainedOnAllSpeakers,
  });
  await writeFileAtomically(join(out, 'MODEL_CARD.md'), card);
}
