/** Fields of an experiment: which clips are heard, and how. */
import { noiseFilesVariant, optionalVariants, trainingVariants } from '../preprocess/variant.ts';
import { choice, map, names, number, readNumber, whole } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface DataSettings {
  readonly splitBy: 'speaker' | 'random';
  readonly valShare: number;
  readonly testShare: number;
  readonly sampling: 'natural' | 'balanced';
  readonly classWeights: 'balanced' | 'none' | Readonly<Record<string, number>>;
  readonly variants: readonly string[];
  readonly noiseWeight: number;
  readonly nonSpeechClips: number;
  readonly nonSpeechShare: number;
  readonly nonSpeechWeight: number;
}

const weightsByHand = map((value) => readNumber(value, 0, 100), 'numbers from 0 to 100', '');

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
  classWeights: {
    default: 'balanced',
    sentence:
      'What a row counts by its class: balanced (inverse to its frequency, from 0.5 to 2; 1 with balanced sampling), none, or a map from labels to weights.',
    expected: 'balanced, none, or a map from labels to numbers from 0 to 100',
    schema: {
      anyOf: [
        { type: 'string', enum: ['balanced', 'none'] },
        { type: 'object', additionalProperties: { type: 'number', minimum: 0, maximum: 100 } },
      ],
    },
    read: (given) => (given === 'balanced' || given === 'none' ? given : weightsByHand.read(given)),
  },
  variants: names(
    [...trainingVariants, ...optionalVariants].map(({ name }) => name).concat(noiseFilesVariant),
    'The ways in which clips are heard, those in noise noiseWeight times as often as the others; noise-files needs noiseFolder.',
    trainingVariants.map(({ name }) => name),
  ),
  noiseWeight: number(
    0.75,
    0,
    100,
    'How often clips are heard in each of the variants in noise, the others being 1.',
  ),
  nonSpeechClips: whole(1500, 0, 100_000, 'Sounds that are not speech, made once.'),
  nonSpeechShare: number(0.06, 0, 0.5, 'Share of the rows that are such sounds.'),
  nonSpeechWeight: number(0.5, 0, 10, 'Weight of their target, in which all classes are equal.'),
};
