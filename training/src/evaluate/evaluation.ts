/** Everything that is measured of a model, as one object: printed, stored with the run, put into manifest and card. */
import type { ModelRuntime } from '@undertone/core';
import type { CachedVariant } from '../features/feature-cache.ts';
import { areaUnderCurve } from './area-under-curve.ts';
import { uarInterval } from './bootstrap.ts';
import {
  brierScore,
  confidenceOf,
  crossFittedConfidences,
  expectedCalibrationError,
  fitTemperature,
  reliabilityBins,
} from './calibration.ts';
import type { CalibrationScore, ConditionScore, Evaluation, GroupScore } from './evaluation-types.ts';
import { argmax, type Judged, scoresOf } from './metrics.ts';
import { scoreNonSpeech } from './non-speech.ts';
import { abstentionOf, riskCoverage } from './risk-coverage.ts';
import { rocCurves } from './roc-curve.ts';
import { type JudgedClip, type ModelRun, runModel } from './run-model.ts';

export type * from './evaluation-types.ts';

/** Seconds of audio, and of speech, after which early results are scored. */
export const horizonsS: readonly number[] = [0.5, 1, 1.5, 2];

/** Conditions that the temperature is fitted to, as far as they are measured: what is heard is not always clean. */
const fittedConditions: readonly string[] = ['telephone', 'noise-10dB'];

export interface EvaluationOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told what has been done of what there is to do. */
  readonly onProgress?: ((done: number, total: number, condition: string) => void) | undefined;
}

/**
 * @param variants cached features of the same clips, the first as recorded
 * @param seed of the bootstrap, of halves of the speakers and of sounds that are not speech
 * @param temperature at which confidence is measured: the manifest's, or the one fitted on these clips
 * @throws UndertoneError `bad_corpus` for a label that the model does not know, `aborted`
 */
export async function evaluateModel(
  model: ModelRuntime,
  variants: readonly CachedVariant[],
  seed: number,
  temperature: 'manifest' | 'fitted' = 'manifest',
  { signal, onProgress }: EvaluationOptions = {},
): Promise<Evaluation> {
  const { labels } = model.manifest;
  const runs: NamedRun[] = [];
  for (const [i, { variant: name, ...file }] of variants.entries()) {
    const horizons = i === 0 ? { heardS: horizonsS, speechS: horizonsS } : {};
    runs.push({ name, run: await runModel(model, { variant: name, ...file }, horizons, signal) });
    onProgress?.(i + 1, variants.length, name);
  }
  const clean = runs[0]!.run.clips;
  const group = (name: string, clips: readonly Judged[]): GroupScore => {
    const { uar, accuracy } = scoresOf(clips, labels.length);
    return { name, clips: clips.length, uar, accuracy, interval: uarInterval(clips, labels.length, seed) };
  };
  const groups = (key: (clip: JudgedClip) => string | undefined): GroupScore[] =>
    groupsOf(clean, key).map(([name, clips]) => group(name, clips));
  const others = runs.filter(({ name }) => fittedConditions.includes(name));
  const mixed = [...clean, ...others.flatMap(({ run }) => run.clips)];
  const fitted = fitTemperature(mixed);
  const used = temperature === 'fitted' ? fitted : model.manifest.calibration.temperature;
  const roc = rocCurves(clean, labels, used);
  const judgements = clean.map((clip) => confidenceOf(clip, used));
  return {
    schema: 'undertone.evaluation/1',
    model: { name: model.manifest.name, version: model.manifest.version },
    labels,
    seed,
    speakers: new Set(clean.map((clip) => clip.speaker)).size,
    wideband: { ...scoresOf(clean, labels.length), interval: uarInterval(clean, labels.length, seed) },
    bySex: groups((clip) => clip.sex),
    byCorpus: groups((clip) => clip.corpus),
    bySpeaker: groupsOf(clean, (clip) => clip.speaker).map(([name, clips]) => {
      const { uar, accuracy } = scoresOf(clips, labels.length);
      return { name, clips: clips.length, uar, accuracy };
    }),
    byCondition: runs.map(({ name, run }) => conditionScore(group(name, run.clips), clean, run.clips)),
    bySecondsHeard: horizonsS.map((seconds, i) => ({
      seconds,
      ...group(
        `${seconds} s`,
        withLogits(clean, ({ early }) => early[i]!),
      ),
    })),
    bySecondsOfSpeech: horizonsS.map((seconds, i) => ({
      seconds,
      reached: clean.filter((clip) => clip.speechS >= seconds - 0.02).length / clean.length,
      ...group(
        `${seconds} s`,
        withLogits(clean, ({ earlySpeech }) => earlySpeech[i]!),
      ),
    })),
    roc,
    macroAuc: mean(roc.map(({ auc }) => auc).filter(Number.isFinite)),
    calibration: calibrationScore(clean, mixed, used, seed),
    riskCoverage: riskCoverage(judgements),
    abstention: {
      ...model.manifest.abstention,
      ...abstentionOf(clean.map((clip, i) => answerOf(model, clip, judgements[i]!))),
    },
    nonSpeech: await scoreNonSpeech(model, seed),
    speechAuc: Object.fromEntries(
      runs.map(({ name, run }) => [name, areaUnderCurve(run.speechLogits, run.speechTargets)]),
    ),
  };
}

interface NamedRun {
  readonly name: string;
  readonly run: ModelRun;
}

function conditionScore(
  score: GroupScore,
  clean: readonly JudgedClip[],
  clips: readonly JudgedClip[],
): ConditionScore {
  const before = new Map(clean.map((clip) => [clip.id, argmax(clip.logits)]));
  const changed = clips.filter((clip) => before.get(clip.id) !== argmax(clip.logits)).length;
  return { ...score, changed: changed / clips.length };
}

function calibrationScore(
  clips: readonly Judged[],
  mixed: readonly Judged[],
  used: number,
  seed: number,
): CalibrationScore {
  const judgements = clips.map((clip) => confidenceOf(clip, used));
  const crossFitted = crossFittedConfidences(clips, mixed, seed);
  return {
    temperature: fitTemperature(mixed),
    usedTemperature: used,
    error: expectedCalibrationError(judgements),
    crossFittedError: expectedCalibrationError(crossFitted),
    brier: brierScore(clips, used),
    bins: reliabilityBins(judgements),
    crossFittedBins: reliabilityBins(crossFitted),
  };
}

/** Whether the recogniser would name a class for the whole clip. */
function answerOf(
  { manifest: { abstention } }: ModelRuntime,
  clip: JudgedClip,
  { confidence, correct }: { readonly confidence: number; readonly correct: boolean },
): { answered: boolean; correct: boolean } {
  const answered = clip.heardSpeechMs >= abstention.minSpeechMs && confidence >= abstention.minConfidence;
  return { answered, correct };
}

function withLogits(
  clips: readonly JudgedClip[],
  logits: (clip: JudgedClip) => ArrayLike<number>,
): JudgedClip[] {
  return clips.map((clip) => ({ ...clip, logits: logits(clip) }));
}

function groupsOf(
  clips: readonly JudgedClip[],
  key: (clip: JudgedClip) => string | undefined,
): [string, JudgedClip[]][] {
  const groups = new Map<string, JudgedClip[]>();
  for (const clip of clips) {
    const name = key(clip);
    if (name === undefined) continue;
    const group = groups.get(name);
    if (group) group.push(clip);
    else groups.set(name, [clip]);
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
