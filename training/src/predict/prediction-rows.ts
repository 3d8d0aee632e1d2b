/** Predictions as lines of CSV (RFC 4180). */
import { fixed } from '../report/numbers.ts';
import type { Prediction } from './predict-files.ts';

/** @param withTruth whether what the files are said to hold is among the columns */
export function csvHeader(labels: readonly string[], withTruth: boolean): string {
  return csvLine([
    'file',
    ...(withTruth ? ['truth'] : []),
    'label',
    'abstain',
    'confidence',
    ...labels.map((label) => `score_${label}`),
    'sentiment',
    'valence',
    'arousal',
    'audio_s',
    'speech_s',
    'segments',
  ]);
}

/** @param truth an empty text where it is not known; null when the column is not there */
export function csvRow(
  file: string,
  labels: readonly string[],
  prediction: Prediction,
  truth: string | null,
): string {
  const { label, abstain, confidence, scores, sentiment, dimensions } = prediction;
  return csvLine([
    file,
    ...(truth === null ? [] : [truth]),
    label ?? '',
    abstain ?? '',
    short(confidence),
    ...labels.map((name) => short(scores[name]!)),
    sentiment.label,
    short(dimensions.valence),
    short(dimensions.arousal),
    prediction.audio_s.toFixed(3),
    prediction.speech_s.toFixed(3),
    String(prediction.segments.length),
  ]);
}

function short(value: number): string {
  return fixed(value, 6);
}

function csvLine(cells: readonly string[]): string {
  return cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
}
