/** `MODEL_CARD.md`: what the model is, what it was made of, what it scored, what it is not for (Mitchell et al. 2019). */
import type { Manifest } from '@undertone/core';
import type { Corpus } from '../data/clip.ts';
import type { Evaluation } from '../evaluate/evaluation.ts';
import { evaluationTables, headline, markdownTable } from './tables.ts';

export interface ModelCardContent {
  readonly manifest: Manifest;
  readonly evaluation: Evaluation;
  readonly corpora: readonly Corpus[];
  /** SPDX name of the weights' licence. */
  readonly licence: string;
  /** Numbers in the network. */
  readonly parameters: number;
  readonly trainSpeakers: number;
  readonly trainClips: number;
  readonly trainedOnAllSpeakers: boolean;
}

export function modelCard(content: ModelCardContent): string {
  const { manifest, evaluation } = content;
  return `${[
    frontMatter(content),
    `# ${manifest.name} ${manifest.version}`,
    'Recognises the acted emotion of speech while it streams: ' +
      `${manifest.labels.join(', ')}. A causal convolutional network with a GRU, ${content.parameters} parameters, one ` +
      'output every 40 ms, of which any span can be pooled. Made for [Undertone](../../README.md); `manifest.json` says how ' +
      'to feed it.',
    '## Results',
    resultsText(content),
    ...evaluationTables(evaluation).map((table) => `### ${table.title}\n\n${markdownTable(table)}`),
    '## Calibration',
    calibrationText(evaluation),
    '## Data',
    dataText(content),
    '## Limits of use',
    limitsText(content.corpora),
  ].join('\n\n')}\n`;
}

function frontMatter({ manifest, evaluation, corpora, licence }: ModelCardContent): string {
  const names = corpora.map(({ title }) => title);
  const { wideband, byCondition } = evaluation;
  const metric = (name: string, value: number): string =>
    `          - type: uar\n            name: ${name}\n            value: ${(100 * value).toFixed(1)}`;
  return [
    '---',
    `license: ${licence.toLowerCase()}`,
    ...(corpora.every(isKnown) ? ['language: en'] : []),
    'library_name: onnx',
    'pipeline_tag: audio-classification',
    'tags:',
    ...['speech-emotion-recognition', 'streaming', 'onnx'].map((tag) => `  - ${tag}`),
    'datasets:',
    ...names.map((name) => `  - ${name}`),
    'model-index:',
    `  - name: ${manifest.name}`,
    '    results:',
    '      - task:',
    '          type: audio-classification',
    '        dataset:',
    `          name: ${names.join(', ')} (speakers not trained on)`,
    `          type: ${corpora.map(({ name }) => name).join('+')}`,
    '        metrics:',
    metric('UAR', wideband.uar),
    ...byCondition.slice(1).map(({ name, uar }) => metric(`UAR, ${name}`, uar)),
    '---',
  ].join('\n');
}

function resultsText({ evaluation, trainedOnAllSpeakers }: ModelCardContent): string {
  const what = trainedOnAllSpeakers
    ? 'This model was trained on all speakers. The numbers are those of a model of the same recipe that had not heard ' +
      'the speakers it was measured on.'
    : 'The model had not heard the speakers it was measured on.';
  return (
    `${headline(evaluation)}. UAR is the unweighted average recall (chance: ${(100 / evaluation.labels.length).toFixed(1)}), ` +
    'in points; intervals are 95 %, by resampling speakers. Labels are what the actors intended. Every clip is judged from ' +
    `the start of a stream, all of it pooled, without abstention. ${what}`
  );
}

function calibrationText({ calibration }: Evaluation): string {
  const points = (share: number): string => (100 * share).toFixed(1);
  return (
    `Temperature ${calibration.temperature}, fitted on the speakers above. Expected calibration error (15 bins) ` +
    `${points(calibration.error)} points on them, ${points(calibration.crossFittedError)} when the temperature comes from other speakers.`
  );
}

function dataText({ corpora, licence, trainSpeakers, trainClips, manifest }: ModelCardContent): string {
  const rows = corpora.map(({ title, licence: data }) => `- ${title}, ${data}`);
  return [
    ...rows,
    '',
    `Trained on ${trainClips} clips by ${trainSpeakers} speakers, as recorded and at other speeds, levels and noise floors, in ` +
      'noise, and through the telephone (8 kHz mu-law). ' +
      `Weights: ${licence}. Sentiment and dimensions are derived from the classes: ${manifest.sentiment.source}.`,
  ].join('\n');
}

/** Whether it is known who speaks in a corpus and how it was recorded. */
const isKnown = ({ name }: Corpus): boolean => name === 'crema-d' || name === 'ravdess';

function limitsText(corpora: readonly Corpus[]): string {
  const heard = corpora.every(isKnown)
    ? 'English, North American adults, studio.'
    : 'The voices, language and recording chains of the corpora above.';
  return `- The classes are what actors meant to show in short sentences. They are not what a person feels, and the
  model has no access to that.
- ${heard} Other languages, children, spontaneous speech and other recording chains were not
  measured; expect less, and measure before use: \`undertone-train evaluate\`.
- Do not use it to judge employees or pupils (forbidden in the European Union by Article 5(1)(f) of the AI Act), nor as a
  ground for a decision about a person. People must be told that emotion recognition is running (Article 50).
- Disgust, fear and sadness are confused most, by human listeners too. Read scores, not labels, and let the model abstain.`;
}
