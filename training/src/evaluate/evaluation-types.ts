/** The shape of an evaluation. Shares and scores are in [0, 1]; NaN (null in JSON) where there was nothing to measure. */
import type { AbstentionConfig } from '@undertone/core';
import type { Interval } from './bootstrap.ts';
import type { ReliabilityBin } from './calibration.ts';
import type { Scores } from './metrics.ts';
import type { NonSpeechScore } from './non-speech.ts';
import type { Abstention, RiskCoverage } from './risk-coverage.ts';
import type { RocCurve } from './roc-curve.ts';
import type { SpeechReferenceScore } from './speech-reference.ts';

export interface GroupScore {
  readonly name: string;
  readonly clips: number;
  readonly uar: number;
  readonly interval: Interval;
  readonly accuracy: number;
}

export interface ConditionScore extends GroupScore {
  /** Share of the clips whose best class is another one than as recorded. */
  readonly changed: number;
}

export interface CalibrationScore {
  /** With the least negative log-likelihood on these clips, wideband and telephone. */
  readonly temperature: number;
  /** At which the scores below and the curves were computed. */
  readonly usedTemperature: number;
  /** Expected calibration error, wideband. */
  readonly error: number;
  /** The same with the temperature fitted on other speakers. */
  readonly crossFittedError: number;
  /** Squared distance between scores and truth, in [0, 2]. */
  readonly brier: number;
  readonly bins: readonly ReliabilityBin[];
  readonly crossFittedBins: readonly ReliabilityBin[];
}

export interface Evaluation {
  readonly schema: 'undertone.evaluation/1';
  readonly model: { readonly name: string; readonly version: string };
  readonly labels: readonly string[];
  /** Of the intervals. */
  readonly seed: number;
  readonly speakers: number;
  /** As recorded, whole clips. */
  readonly wideband: Scores & { readonly interval: Interval };
  readonly bySex: readonly GroupScore[];
  readonly byCorpus: readonly GroupScore[];
  readonly bySpeaker: readonly Omit<GroupScore, 'interval'>[];
  readonly byCondition: readonly ConditionScore[];
  /** As recorded, from the first seconds of each clip only. */
  readonly bySecondsHeard: readonly (GroupScore & { readonly seconds: number })[];
  /** As recorded, up to where so much speech had been heard; shorter clips whole. */
  readonly bySecondsOfSpeech: readonly (GroupScore & {
    readonly seconds: number;
    /** Share of the clips that hold so much speech. */
    readonly reached: number;
  })[];
  /** Each class against the rest. */
  readonly roc: readonly RocCurve[];
  /** Mean area under those curves. */
  readonly macroAuc: number;
  readonly calibration: CalibrationScore;
  readonly riskCoverage: RiskCoverage;
  /** By the manifest's rule. */
  readonly abstention: Abstention & AbstentionConfig;
  readonly nonSpeech: readonly NonSpeechScore[];
  /** Speech detection on every step against the energy of the clean recording, area under the curve, by condition. */
  readonly speechAuc: Readonly<Record<string, number>>;
  /** Speech detection against other detectors. */
  readonly speechReference?: readonly SpeechReferenceScore[];
}
