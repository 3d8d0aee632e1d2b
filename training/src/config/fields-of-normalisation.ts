/** Fields of an experiment: causal normalisation of the features. */
import { choice, number, whole } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface NormalisationSettings {
  readonly normalisation: 'causal-level' | 'causal-mean';
  readonly floorDb: number;
  readonly leadDb: number;
  readonly levelVoicedFrames: number;
  readonly priorFrames: number;
  readonly maxFrames: number;
  readonly scale: number;
  readonly priorVoicedFrames: number;
}

export const normalisationFields: Fields<NormalisationSettings> = {
  normalisation: choice(
    'causal-level',
    ['causal-level', 'causal-mean'],
    'causal-level: bands relative to the level of the speech, over a soft floor, then as causal-mean; causal-mean: centred on the running mean only.',
  ),
  floorDb: number(8, -60, 60, 'How far the soft floor lies over the median noise floor of the corpus.'),
  leadDb: number(25, 0, 80, 'Until speech is heard, it is expected this far above what is heard.'),
  levelVoicedFrames: whole(3, 0, 1000, 'Voiced frames that make speech, from which its level is then taken.'),
  priorFrames: number(100, 0, 1e6, 'Weight of the prior mean in causal normalisation, in frames.'),
  maxFrames: number(3000, 1, 1e9, 'Frames after which the running mean becomes exponential.'),
  scale: number(4, 1e-6, 1e6, 'Centred log-mel values are divided by this.'),
  priorVoicedFrames: number(50, 0, 1e6, 'Weight of the prior of F0, in voiced frames.'),
};
