/** The experiment of an adaptation: the fields of training, with other defaults, and sizes that the model has already. */
import { UndertoneError } from '@undertone/core';
import { type Experiment, resolveExperiment } from '../config/experiment.ts';
import type { BaseModel } from './base-model.ts';

/** Chosen on speakers of another group than those that the figures in the documentation are of. */
export const finetuneDefaults: Partial<Experiment> = {
  epochs: 40,
  validateEvery: 1,
  patience: 10,
  learningRate: 5e-4,
  schedule: 'cosine',
  warmupShare: 0.1,
  averageDecay: 0.95,
  averageShare: 0,
  batchRows: 32,
  freeze: 'front',
  valShare: 0.25,
  nonSpeechClips: 100,
};

/**
 * @param given values over the defaults, as files and flags give them
 * @throws UndertoneError `bad_config` for a size that the model does not have
 */
export function finetuneExperiment(base: BaseModel, given: Readonly<Record<string, unknown>>): Experiment {
  const { manifest, config } = base;
  const own = {
    labels: manifest.labels,
    channels: config.channels,
    convFeatureSize: config.convFeatureSize,
    pitchSize: config.pitchSize,
    gruSize: config.gruSize,
  };
  for (const [field, value] of Object.entries(own)) {
    const asked = field in given ? resolveExperiment({ [field]: given[field] }) : undefined;
    const found = asked?.[field as keyof Experiment];
    if (found === undefined || JSON.stringify(found) === JSON.stringify(value)) continue;
    throw new UndertoneError(
      'bad_config',
      `Field ${field}: expected ${JSON.stringify(value)}, as the model to tune has it; found ${JSON.stringify(found)}.`,
    );
  }
  const named = { modelName: `${manifest.name}-tuned`, modelVersion: manifest.version };
  return resolveExperiment({ ...finetuneDefaults, ...named, ...given, ...own });
}
