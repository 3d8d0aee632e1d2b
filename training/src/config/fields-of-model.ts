/** Fields of an experiment: the network and its name. */
import { number, text, whole, wholes } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface ModelSettings {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly channels: readonly number[];
  readonly convFeatureSize: number;
  readonly pitchSize: number;
  readonly gruSize: number;
  readonly dropout: number;
}

export const modelFields: Fields<ModelSettings> = {
  modelName: text('my-model', /^[\w.-]+$/, 'Name of the model in its manifest.'),
  modelVersion: text('0.1.0', /^\d+\.\d+\.\d+$/, 'Version of the model in its manifest.'),
  channels: wholes([16, 32, 48, 64], 1, 1024, 'Output channels of each convolution.'),
  convFeatureSize: whole(96, 1, 4096, 'Features of a step made of the convolutions.'),
  pitchSize: whole(16, 1, 4096, 'Features of a step made of pitch.'),
  gruSize: whole(128, 1, 4096, 'Hidden units of the recurrent layer.'),
  dropout: number(0.3, 0, 0.95, 'Share of pooled values dropped in training.'),
};
