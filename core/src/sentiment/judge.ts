/** From class logits to what is reported: calibrated scores, label or abstention, sentiment and dimensions. */
import { UndertoneError } from '../errors.ts';
import type { Manifest, SentimentLabel } from '../model/manifest.ts';
import type { Judgement } from '../stream/events.ts';

const sentimentLabels: readonly SentimentLabel[] = ['negative', 'neutral', 'positive'];

/** Softmax of `logits / temperature` (temperature scaling: Guo et al. 2017, ICML). */
export function calibratedScores(logits: ArrayLike<number>, temperature: number): number[] {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i]!);
  const scores: number[] = [];
  let sum = 0;
  for (let i = 0; i < logits.length; i++) {
    const e = Math.exp((logits[i]! - max) / temperature);
    scores.push(e);
    sum += e;
  }
  return scores.map((score) => score / sum);
}

/**
 * @param logits class logits in manifest order; null when nothing was heard, which gives equal scores
 * @param speechMs speech that the logits rest on
 * @throws UndertoneError `internal` when a logit is not a number: a network that broke must not name a class
 */
export function judge(manifest: Manifest, logits: ArrayLike<number> | null, speechMs: number): Judgement {
  const { labels, sentiment, abstention, calibration } = manifest;
  const values = logits
    ? calibratedScores(logits, calibration.temperature)
    : labels.map(() => 1 / labels.length);
  const scores: Record<string, number> = {};
  const sentimentScores: Record<SentimentLabel, number> = { negative: 0, neutral: 0, positive: 0 };
  let best = 0;
  let valence = 0;
  let arousal = 0;
  for (const [i, label] of labels.entries()) {
    const score = values[i]!;
    scores[label] = score;
    if (score > values[best]!) best = i;
    sentimentScores[sentiment.classes[label]!] += score;
    valence += score * sentiment.coordinates[label]!.valence;
    arousal += score * sentiment.coordinates[label]!.arousal;
  }
  let bestSentiment: SentimentLabel = 'neutral';
  for (const label of sentimentLabels) {
    if (sentimentScores[label] > sentimentScores[bestSentiment]) bestSentiment = label;
  }
  const confidence = values[best]!;
  if (!Number.isFinite(confidence)) {
    throw new UndertoneError(
      'internal',
      `Expected finite logits; got ${Array.from(logits ?? []).join(', ')}.`,
    );
  }
  const judgement = {
    confidence,
    scores,
    sentiment: { label: bestSentiment, scores: sentimentScores },
    dimensions: { valence, arousal },
  };
  if (logits === null || speechMs < abstention.minSpeechMs) {
    return { label: null, abstain: 'no_speech', ...judgement };
  }
  if (confidence < abstention.minConfidence) return { label: null, abstain: 'low_confidence', ...judgement };
  return { label: labels[best]!, ...judgement };
}
