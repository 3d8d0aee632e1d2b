/** Fields of an experiment: causal normalisation of the features. */
import { number } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface NormalisationSettings {
  readonly priorFrames: number;
  readonly maxFrames: number;
  readonly scale: number;
  readonly priorVoicedFrames: number;
}

export const normalisationFields: Fields<NormalisationSettings> = {
  priorFrames: number(100, 0, 1e6, 'Weight of the prior mean in causal normalisation, in frames.'),
  maxFrames: number(3000, 1, 1e9, 'Frames after which the running mean becomes exponential.'),
  scale: number(4, 1e-6, 1e6, 'Centred log-mel values are divided by this.'),
  priorVoicedFrames: number(50, 0, 1e6, 'Weight of the prior of F0, in voiced frames.'),
};
