/** `MODEL_CARD.md`: what the model is, what it was made of, what it scored, what it is not for (Mitchell et al. 2019). */
import type { Manifest } from '@undertone/core';
import type { Experiment } from '../config/experiment.ts';
import type { Corpus } from '../data/clip.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { frontMatter } from './card-front-matter.ts';
import { changedText, heardAs } from './heard-text.ts';
import { counted, percent } from './numbers.ts';
import { evaluationTables, headline, markdownTable } from './tables.ts';

export interface ModelCardContent {
  readonly manifest: Manifest;
  readonly evaluation: Evaluation;
  readonly corpora: readonly Corpus[];
  /** SPDX name of the weights' licence. */
  readonly licence: string;
  /** Numbers in the network; absent where they say nothing (support vectors, trees). */
  readonly parameters?: number | undefined;
  /** How it was trained: what the clips were heard through, what was changed. */
  readonly experiment: Experiment;
  readonly trainSpeakers: number;
  readonly trainClips: number;
  readonly trainedOnAllSpeakers: boolean;
  /** Clips and not speakers were held out (`splitBy: random`): the scores are of voices that training heard. */
  readonly heldOutClipsOnly?: boolean | undefined;
}

export function modelCard(content: ModelCardContent): string {
  const { manifest, evaluation } = content;
  return `${[
    frontMatter({ ...content, name: manifest.name, kind: manifest.kind }),
    `# ${manifest.name} ${manifest.version}`,
    `Recognises the acted emotion of speech while it streams: ${manifest.labels.join(', ')}. ${description(content)} Made for ` +
      '[Undertone](../../README.md); `manifest.json` says how to feed it.',
    '## Results',
    resultsText(content),
    ...evaluationTables(evaluation).map((table) => `### ${table.title}\n\n${markdownTable(table)}`),
    '## Calibration',
    calibrationText(evaluation),
    '## Data',
    dataText(content),
    '## Limits of use',
    limitsText(content),
  ].join('\n\n')}\n`;
}

/** What it is, in two sentences. */
function description({ manifest, parameters }: ModelCardContent): string {
  const size = parameters === undefined ? '' : `, ${parameters} parameters`;
  const { hopSamples, sampleRate } = manifest.features;
  const seconds = (frames: number): string => `${Number(((frames * hopSamples) / sampleRate).toFixed(3))} s`;
  switch (manifest.kind) {
    case 'streaming': {
      const stepMs = Math.round((1000 * manifest.stepFrames * hopSamples) / sampleRate);
      return `A causal convolutional network with a GRU${size}, one output every ${stepMs} ms, of which any span can be pooled.`;
    }
    case 'frames':
      return `A convolutional network${size} over the last ${seconds(manifest.windowFrames)}, asked again every ${seconds(manifest.hopFrames)}.`;
    case 'functionals':
      return `A classifier${size} over ${manifest.inputSize} statistics of the last ${seconds(manifest.windowFrames)}, asked again every ${seconds(manifest.hopFrames)}.`;
  }
}

function resultsText(content: ModelCardContent): string {
  const { evaluation } = content;
  return (
    `${headline(evaluation)}. UAR is the unweighted average recall (chance: ${(100 / evaluation.labels.length).toFixed(1)}), ` +
    'in points; intervals are 95 %, by resampling speakers. Labels are what the actors intended. Every clip is judged from ' +
    `the start of a stream, all of it pooled, without abstention. ${heardText(content)}`
  );
}

function heardText({ heldOutClipsOnly, trainedOnAllSpeakers }: ModelCardContent): string {
  if (heldOutClipsOnly) {
    return (
      'The clips were divided at random: the model had heard these speakers, in other clips. The numbers say nothing of ' +
      'speakers that it has not heard.'
    );
  }
  return trainedOnAllSpeakers
    ? 'This model was trained on all speakers. The numbers are those of a model of the same recipe that had not heard ' +
        'the speakers it was measured on.'
    : 'The model had not heard the speakers it was measured on.';
}

function calibrationText({ calibration }: Evaluation): string {
  return (
    `Temperature ${calibration.temperature}, fitted on the speakers above. Expected calibration error (15 bins) ` +
    `${percent(calibration.error)} points on them, ${percent(calibration.crossFittedError)} when the temperature comes from other speakers.`
  );
}

function dataText(content: ModelCardContent): string {
  const { corpora, licence, trainSpeakers, trainClips, manifest, experiment } = content;
  const rows = corpora.map(({ title, licence: data }) => `- ${title}, ${data}`);
  const sentences = [
    `Trained on ${counted(trainClips, 'clip')} by ${counted(trainSpeakers, 'speaker')}, heard ${heardAs(experiment)}.`,
    changedText(experiment),
    `Weights: ${licence}. Sentiment and dimensions are derived from the classes: ${manifest.sentiment.source}.`,
  ];
  return [...rows, '', sentences.filter((sentence) => sentence !== '').join(' ')].join('\n');
}

/** Whether it is known who speaks in a corpus and how it was recorded. */
const isKnown = ({ name }: Corpus): boolean => name === 'crema-d' || name === 'ravdess';

function limitsText({ corpora, evaluation }: ModelCardContent): string {
  const heard = corpora.every(isKnown)
    ? 'English, North American adults, studio.'
    : 'The voices, language and recording chains of the corpora above.';
  return [
    '- The classes are what actors meant to show in short sentences. They are not what a person feels, and the model has no ' +
      'access to that.',
    `- ${heard} Other languages, children, spontaneous speech and other recording chains were not measured; expect less, and ` +
      'measure before use: `undertone-train evaluate`.',
    '- Do not use it to judge employees or pupils (forbidden in the European Union by Article 5(1)(f) of the AI Act), nor as ' +
      'a ground for a decision about a person. People must be told that emotion recognition is running (Article 50).',
    ...confusionText(evaluation),
    ...soundText(evaluation),
  ].join('\n');
}

/** The two mistakes that are made most often, as shares of the class that was meant. */
function confusionText({ labels, wideband }: Evaluation): string[] {
  const mistakes = wideband.confusion.flatMap((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.flatMap((count, found) =>
      truth !== found && count > 0 ? [{ truth, found, share: count / total }] : [],
    );
  });
  const [first, second] = mistakes.sort((a, b) => b.share - a.share);
  if (!first) return [];
  const told = [first, ...(second ? [second] : [])]
    .map(({ truth, found, share }) => `${labels[truth]} for ${labels[found]} (${percent(share)} of 100)`)
    .join(' and ');
  return [`- It takes ${told} most often. Read scores, not labels, and let the model abstain.`];
}

function soundText({ nonSpeech }: Evaluation): string[] {
  const labelled = nonSpeech.filter((score) => score.labelled > 0);
  if (nonSpeech.length === 0) return [];
  const told = labelled
    .map(({ kind, labelled: share }) => `${kind} (${percent(share)} of 100 streams)`)
    .join(', ');
  return [
    labelled.length > 0
      ? `- Not everything that it gives a label is speech: ${told}.`
      : `- No sound that is not speech was given a label, of ${nonSpeech.map(({ kind }) => kind).join(', ')}.`,
  ];
}
