/** Sentiment and coordinates of the classes, as the manifest states them: published ones, or the user's own. */
import { type SentimentConfig, type SentimentLabel, UndertoneError } from '@undertone/core';

type Known = readonly [sentiment: SentimentLabel, valence: number, arousal: number];

/** Pleasure and arousal of the table named in `source`; neutral is its origin. Surprise may be of either kind. */
const published: Readonly<Record<string, Known>> = {
  angry: ['negative', -0.51, 0.59],
  bored: ['negative', -0.65, -0.62],
  confused: ['negative', -0.53, 0.27],
  depressed: ['negative', -0.72, -0.29],
  disgust: ['negative', -0.6, 0.35],
  excited: ['positive', 0.62, 0.75],
  fearful: ['negative', -0.64, 0.6],
  frustrated: ['negative', -0.64, 0.52],
  happy: ['positive', 0.81, 0.51],
  joyful: ['positive', 0.76, 0.48],
  neutral: ['neutral', 0, 0],
  sad: ['negative', -0.63, -0.27],
  surprised: ['neutral', 0.4, 0.67],
};

const source =
  'Russell & Mehrabian 1977, "Evidence for a three-factor theory of emotions", J. Research in Personality 11:273-294';

const sentiments: readonly SentimentLabel[] = ['negative', 'neutral', 'positive'];
/** Where the user gives a sentiment and no coordinates. */
const usualValence: Readonly<Record<SentimentLabel, number>> = { negative: -0.5, neutral: 0, positive: 0.5 };

/**
 * @param given by label: `negative`, `neutral` or `positive`, then if wanted valence and arousal, as in `negative -0.4 0.6`
 * @throws UndertoneError `bad_config` for a label that is in no table and not given, or text of another form
 */
export function sentimentOf(
  labels: readonly string[],
  given: Readonly<Record<string, string>> = {},
): SentimentConfig {
  const unused = Object.keys(given).find((label) => !labels.includes(label));
  if (unused !== undefined) {
    throw new UndertoneError(
      'bad_config',
      `Field sentiment: expected labels of ${labels.join(', ')}; found "${unused}".`,
    );
  }
  const classes: Record<string, SentimentLabel> = {};
  const coordinates: Record<string, { valence: number; arousal: number }> = {};
  for (const label of labels) {
    const [sentiment, valence, arousal] = Object.hasOwn(given, label)
      ? parse(given[label]!, label)
      : lookUp(label);
    classes[label] = sentiment;
    coordinates[label] = { valence, arousal };
  }
  const own = labels.filter((label) => Object.hasOwn(given, label));
  return {
    classes,
    coordinates,
    source: own.length === 0 ? source : `${source}; as configured: ${own.join(', ')}`,
  };
}

function lookUp(label: string): Known {
  if (Object.hasOwn(published, label)) return published[label]!;
  throw new UndertoneError(
    'bad_config',
    `Field sentiment: expected an entry for the label "${label}", as no published coordinates of it are known here; for example sentiment: { ${label}: neutral }, or with valence and arousal { ${label}: neutral 0.3 -0.4 }.`,
  );
}

function parse(text: string, label: string): Known {
  const [word, ...numbers] = text.trim().split(/\s+/);
  const sentiment = sentiments.find((each) => each === word);
  const values = numbers.map(Number);
  const inRange = values.every((value) => value >= -1 && value <= 1);
  if (!sentiment || !inRange || (values.length !== 0 && values.length !== 2)) {
    throw new UndertoneError(
      'bad_config',
      `Field sentiment: expected ${sentiments.join(', ')} for ${label}, then if wanted valence and arousal from -1 to 1; found "${text}".`,
    );
  }
  return [sentiment, values[0] ?? usualValence[sentiment], values[1] ?? 0];
}
