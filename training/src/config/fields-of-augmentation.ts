/** Fields of an experiment: what is changed each time that a clip is drawn. */
import type { AugmentationOptions } from '../data/batch-options.ts';
import { number, path, whole } from './field-kinds.ts';
import type { Fields } from './fields.ts';

/** What a batch source is told, and what other parts of a run make of the rest. */
export interface AugmentationSettings extends Omit<AugmentationOptions, 'vocalTract'> {
  readonly mixup: number;
  readonly vocalTractProbability: number;
  readonly vocalTractRange: number;
  readonly noiseFolder: string | null;
}

export const augmentationFields: Fields<AugmentationSettings> = {
  wideGainProbability: number(0.4, 0, 1, 'Probability of the wide range of level.'),
  narrowGainDb: number(6, 0, 60, 'Otherwise the level changes by up to this, either way.'),
  wideGainLowDb: number(-24, -80, 40, 'Least change of level in the wide range.'),
  wideGainHighDb: number(12, -80, 40, 'Greatest change of level in the wide range.'),
  backgroundProbability: number(
    0.7,
    0,
    1,
    'Probability that the noise floor is replaced; in noise another is only added.',
  ),
  backgroundLowDb: number(8, 0, 100, 'Least distance of the new floor under the loud level.'),
  backgroundHighDb: number(55, 0, 100, 'Greatest distance of the new floor under the loud level.'),
  studioProbability: number(
    0.45,
    0,
    1,
    'Probability that the floor is taken out and pauses are closed, as in a studio; not in noise.',
  ),
  equaliserProbability: number(0.5, 0, 1, 'Probability that the spectrum is bent as by another microphone.'),
  equaliserDb: number(6, 0, 40, 'Tilt of that, either way, with ripples of about half as much.'),
  dynamicsProbability: number(0.5, 0, 1, 'Probability that dynamics are compressed or expanded.'),
  dynamicsLow: number(0.6, 0.1, 10, 'Least factor of distances from the loud level.'),
  dynamicsHigh: number(1.3, 0.1, 10, 'Greatest factor of distances from the loud level.'),
  pitchShiftProbability: number(0.5, 0, 1, 'Probability that F0 is shifted.'),
  pitchShiftOctaves: number(0.25, 0, 2, 'Most of that, either way, in octaves.'),
  masks: whole(2, 0, 16, 'Masks over bands, and masks over time.'),
  maskBands: whole(10, 0, 64, 'Greatest width of a mask over bands.'),
  mixup: number(
    0,
    0,
    10,
    "Alpha of mixup's Beta distribution: how much rows are mixed in pairs; 0 for not at all.",
  ),
  vocalTractProbability: number(0, 0, 1, 'Probability that a row is heard through another vocal tract.'),
  vocalTractRange: number(0.1, 0, 0.3, 'How far from 1 the factor of its formants may lie.'),
  noiseFolder: path('Recordings of background sounds, for the variant noise-files.'),
  maskFrames: whole(20, 0, 1000, 'Greatest length of a mask over time, in frames of 10 ms.'),
};
