/** How right predictions are, where it is known what the files hold. */

import { type Interval, uarInterval } from '../evaluate/bootstrap.ts';
import { argmax, type Judged, scoresOf } from '../evaluate/metrics.ts';
import { type Abstention, abstentionOf } from '../evaluate/risk-coverage.ts';
import type { Prediction } from './predict-files.ts';

export interface KnownPrediction {
  readonly speaker: string;
  readonly truth: string;
  readonly prediction: Prediction;
}

export interface PredictionScores {
  readonly files: number;
  readonly speakers: number;
  /** Of the best class, whether or not it was said. */
  readonly uar: number;
  /** 95 %, by resampling speakers. */
  readonly interval: Interval;
  readonly accuracy: number;
  readonly f1: number;
  readonly labels: readonly string[];
  /** `[truth][best class]` */
  readonly confusion: readonly (readonly number[])[];
  readonly recall: Readonly<Record<string, number>>;
  readonly abstention: Abstention;
}

/** @param known labels are those of the model */
export function scorePredictions(
  known: readonly KnownPrediction[],
  labels: readonly string[],
  seed: number,
): PredictionScores {
  const judged = known.map(
    ({ speaker, truth, prediction }): Judged => ({
      speaker,
      label: labels.indexOf(truth),
      logits: labels.map((label) => prediction.scores[label]!),
    }),
  );
  const { uar, accuracy, macro, confusion, perClass } = scoresOf(judged, labels.length);
  return {
    files: known.length,
    speakers: new Set(known.map(({ speaker }) => speaker)).size,
    uar,
    interval: uarInterval(judged, labels.length, seed),
    accuracy,
    f1: macro.f1,
    labels,
    confusion,
    recall: Object.fromEntries(labels.map((label, i) => [label, perClass[i]!.recall])),
    abstention: abstentionOf(
      judged.map(({ label, logits }, i) => ({
        answered: known[i]!.prediction.label !== null,
        correct: argmax(logits) === label,
      })),
    ),
  };
}
