/** Fields of an experiment: the classes, what the corpora's labels count as, and what a class means. */
import { emotionLabels } from '../data/clip.ts';
import { type Field, flag, map, number, texts } from './field-kinds.ts';
import type { Fields } from './fields.ts';

export interface LabelSettings {
  readonly labels: readonly string[];
  readonly labelMap: Readonly<Record<string, string>>;
  readonly sentiment: Readonly<Record<string, string>>;
  readonly softLabels: boolean;
  readonly labelVotes: number;
}

const word = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

export const labelFields: Fields<LabelSettings> = {
  labels: classes('The classes, in the order of the outputs.'),
  labelMap: map(
    word,
    'one of the labels, or "drop"',
    "What a corpus's label counts as; the name may be corpus/label for one corpus alone.",
    { type: 'string' },
  ),
  sentiment: map(
    word,
    'negative, neutral or positive, then if wanted valence and arousal from -1 to 1',
    'What a class means, for classes that are not in the published table; as in "impatient: negative -0.4 0.6".',
    { type: 'string' },
  ),
  softLabels: flag(
    false,
    "Whether raters' votes, where a corpus has them, make the target instead of the label.",
  ),
  labelVotes: number(3, 0, 1000, 'Votes that the label itself counts as beside those of the raters.'),
};

function classes(sentence: string): Field<readonly string[]> {
  const field = texts(emotionLabels, sentence);
  return {
    ...field,
    expected: 'a list of 2 to 64 different words',
    schema: { ...field.schema, minItems: 2, maxItems: 64, uniqueItems: true },
    read: (given) => {
      const names = field.read(given);
      if (!names || names.length < 2 || names.length > 64 || new Set(names).size < names.length)
        return undefined;
      return names.every((name) => /^[\p{L}\d][\p{L}\d _-]*$/u.test(name)) ? names : undefined;
    },
  };
}
