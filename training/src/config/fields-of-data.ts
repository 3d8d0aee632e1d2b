/** Fields of an experiment: which clips are heard, and how. */
import { trainingVariants } from '../preprocess/variant.ts';
import { choice, names, number, whole } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface DataSettings {
  readonly splitBy: 'speaker' | 'random';
  readonly valShare: number;
  readonly testShare: number;
  readonly sampling: 'natural' | 'balanced';
  readonly variants: readonly string[];
  readonly nonSpeechClips: number;
  readonly nonSpeechShare: number;
  readonly nonSpeechWeight: number;
}

export const dataFields: Fields<DataSettings> = {
  splitBy: choice(
    'speaker',
    ['speaker', 'random'],
    'speaker: nobody is both trained on and measured on; random: clips are divided, which leaks and says nothing of new speakers.',
  ),
  valShare: number(0.15, 0.01, 0.9, 'Share of the speakers of each corpus and sex held out for validation.'),
  testShare: number(
    0,
    0,
    0.8,
    'Share of the speakers of each corpus and sex that neither training nor validation reads; 0 for the named ones alone.',
  ),
  sampling: choice(
    'natural',
    ['natural', 'balanced'],
    'natural: every clip once an epoch, weighted by class; balanced: as many rows of each class.',
  ),
  variants: names(
    trainingVariants.map((variant) => variant.name),
    'The ways in which clips are heard, each as often as the others.',
  ),
  nonSpeechClips: whole(400, 0, 100_000, 'Sounds that are not speech, made once.'),
  nonSpeechShare: number(0.04, 0, 0.5, 'Share of the rows that are such sounds.'),
  nonSpeechWeight: number(0.5, 0, 10, 'Weight of their target, in which all classes are equal.'),
};
