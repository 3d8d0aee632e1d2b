/** The configuration of a training run: one list of fields in groups, with which a run can be repeated. */
import type { Field } from './field-kinds.ts';
import { type Fields, resolveFields } from './fields.ts';
import { type AugmentationSettings, augmentationFields } from './fields-of-augmentation.ts';
import { type ContextSettings, contextFields } from './fields-of-context.ts';
import { type DataSettings, dataFields } from './fields-of-data.ts';
import { type FamilySettings, familyFields } from './fields-of-families.ts';
import { type LabelSettings, labelFields } from './fields-of-labels.ts';
import { type LossSettings, lossFields } from './fields-of-loss.ts';
import { type ModelSettings, modelFields } from './fields-of-model.ts';
import { type NormalisationSettings, normalisationFields } from './fields-of-normalisation.ts';
import { type PreprocessingSettings, preprocessingFields } from './fields-of-preprocessing.ts';
import { type TrainingSettings, trainingFields } from './fields-of-training.ts';

export interface Experiment
  extends ModelSettings,
    FamilySettings,
    DataSettings,
    LabelSettings,
    PreprocessingSettings,
    TrainingSettings,
    LossSettings,
    AugmentationSettings,
    ContextSettings,
    NormalisationSettings {}

export interface FieldGroup {
  readonly title: string;
  readonly fields: Readonly<Record<string, Field<unknown>>>;
}

/** The fields in the order in which they are shown. */
export const experimentGroups: readonly FieldGroup[] = [
  { title: 'Model: the network and its name', fields: modelFields },
  { title: 'Families: which kind of model, and what is particular to each', fields: familyFields },
  { title: 'Data: which clips are heard, and how', fields: dataFields },
  { title: 'Labels: the classes, and what the labels of a corpus count as', fields: labelFields },
  { title: 'Preprocessing: what is done to the samples, live too', fields: preprocessingFields },
  { title: 'Training: how the weights are found', fields: trainingFields },
  { title: 'Loss: what is asked of the outputs', fields: lossFields },
  { title: 'Augmentation: what is changed each time that a clip is drawn', fields: augmentationFields },
  { title: 'Context: what was heard before a clip', fields: contextFields },
  { title: 'Normalisation: causal normalisation of the features', fields: normalisationFields },
];

export const experimentFields: Fields<Experiment> = {
  ...modelFields,
  ...familyFields,
  ...dataFields,
  ...labelFields,
  ...preprocessingFields,
  ...trainingFields,
  ...lossFields,
  ...augmentationFields,
  ...contextFields,
  ...normalisationFields,
};

/**
 * Defaults, then each source over them.
 * @throws UndertoneError `bad_config`
 */
export function resolveExperiment(...sources: readonly Readonly<Record<string, unknown>>[]): Experiment {
  return resolveFields<Experiment>(experimentFields, ...sources);
}
