/** How far a model's confidence can be trusted, and the temperature that makes it so. */
import { calibratedScores } from '@undertone/core';
import { Random } from '../data/random.ts';
import { argmax, type Judged } from './metrics.ts';

const lowestLogTemperature = Math.log(0.2);
const highestLogTemperature = Math.log(5);

/** Mean negative log-likelihood of the labels at a temperature, in nats. */
export function negativeLogLikelihood(clips: readonly Judged[], temperature: number): number {
  let sum = 0;
  for (const { label, logits } of clips) {
    sum -= Math.log(Math.max(1e-12, calibratedScores(logits, temperature)[label]!));
  }
  return sum / Math.max(1, clips.length);
}

/**
 * The temperature in [0.2, 5] with the least negative log-likelihood, by golden-section search over its logarithm
 * (temperature scaling: Guo et al. 2017, "On calibration of modern neural networks", ICML). 1 without clips.
 */
export function fitTemperature(clips: readonly Judged[]): number {
  if (clips.length === 0) return 1;
  const ratio = (Math.sqrt(5) - 1) / 2;
  const cost = (log: number): number => negativeLogLikelihood(clips, Math.exp(log));
  let low = lowestLogTemperature;
  let high = highestLogTemperature;
  let a = high - ratio * (high - low);
  let b = low + ratio * (high - low);
  let costA = cost(a);
  let costB = cost(b);
  while (high - low > 1e-4) {
    if (costA <= costB) {
      [high, b, costB] = [b, a, costA];
      a = high - ratio * (high - low);
      costA = cost(a);
    } else {
      [low, a, costA] = [a, b, costB];
      b = low + ratio * (high - low);
      costB = cost(b);
    }
  }
  return Number(Math.exp((low + high) / 2).toFixed(4));
}

/** What a judgement said of itself, and whether it was right. */
export interface Confidence {
  readonly confidence: number;
  readonly correct: boolean;
}

/** Judgements of about the same confidence. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly clips: number;
  /** Mean confidence; NaN in an empty bin. */
  readonly confidence: number;
  /** Share that is right; NaN in an empty bin. */
  readonly accuracy: number;
}

/** Equal-width bins of confidence: what a reliability diagram draws (DeGroot and Fienberg 1983). */
export function reliabilityBins(judgements: readonly Confidence[], bins = 15): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ confidence: 0, correct: 0, clips: 0 }));
  for (const { confidence, correct } of judgements) {
    const bin = sums[Math.min(bins - 1, Math.floor(confidence * bins))]!;
    bin.confidence += confidence;
    bin.correct += Number(correct);
    bin.clips++;
  }
  return sums.map((bin, i) => ({
    low: i / bins,
    high: (i + 1) / bins,
    clips: bin.clips,
    confidence: bin.confidence / bin.clips,
    accuracy: bin.correct / bin.clips,
  }));
}

/** Expected calibration error over equal-width bins of confidence (Naeini et al. 2015, AAAI). */
export function expectedCalibrationError(judgements: readonly Confidence[], bins = 15): number {
  let gaps = 0;
  for (const { clips, confidence, accuracy } of reliabilityBins(judgements, bins)) {
    if (clips > 0) gaps += clips * Math.abs(confidence - accuracy);
  }
  return gaps / Math.max(1, judgements.length);
}

/**
 * Mean over clips of the squared distance between scores and truth, in [0, 2] (Brier 1950, for several classes).
 */
export function brierScore(clips: readonly Judged[], temperature: number): number {
  let sum = 0;
  for (const { label, logits } of clips) {
    for (const [i, score] of calibratedScores(logits, temperature).entries()) {
      sum += (score - Number(i === label)) ** 2;
    }
  }
  return sum / clips.length;
}

/**
 * Every judgement with the temperature that fits the other half of the speakers, as a user's speakers meet it.
 * @param clips whose judgements are asked for
 * @param fitted what temperatures are fitted to: the same clips and others by the same speakers
 */
export function crossFittedConfidences(
  clips: readonly Judged[],
  fitted: readonly Judged[],
  seed: number,
): Confidence[] {
  const speakers = new Random(seed, 'calibration').shuffle(
    [...new Set(clips.map((clip) => clip.speaker))].sort(),
  );
  const first = new Set(speakers.slice(0, Math.ceil(speakers.length / 2)));
  return [true, false].flatMap((isFirst) => {
    const isHere = ({ speaker }: Judged): boolean => first.has(speaker) === isFirst;
    const temperature = fitTemperature(fitted.filter((clip) => !isHere(clip)));
    return clips.filter(isHere).map((clip) => confidenceOf(clip, temperature));
  });
}

/** Calibration error of `crossFittedConfidences`. */
export function crossFittedCalibrationError(clips: readonly Judged[], seed: number): number {
  return expectedCalibrationError(crossFittedConfidences(clips, clips, seed));
}

export function confidenceOf(clip: Judged, temperature: number): Confidence {
  const scores = calibratedScores(clip.logits, temperature);
  const best = argmax(scores);
  return { confidence: scores[best]!, correct: best === clip.label };
}
