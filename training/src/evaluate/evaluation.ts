/** Everything that is measured of a model, as one object: printed, put into the manifest and into the model card. */
import type { ModelRuntime } from '@undertone/core';
import type { CachedVariant } from '../features/feature-cache.ts';
import { areaUnderCurve } from './area-under-curve.ts';
import { type Interval, uarInterval } from './bootstrap.ts';
import { calibrationErrorAt, crossFittedCalibrationError, fitTemperature } from './calibration.ts';
import { type Judged, type Scores, scoresOf } from './metrics.ts';
import { type JudgedClip, runModel } from './run-model.ts';

/** Seconds of audio after which early results are scored. */
export const horizonsS: readonly number[] = [0.5, 1, 1.5, 2];

export interface GroupScore {
  readonly name: string;
  readonly clips: number;
  readonly uar: number;
  readonly interval: Interval;
  readonly accuracy: number;
}

export interface Evaluation {
  readonly labels: readonly string[];
  readonly speakers: number;
  /** As recorded, whole clips. */
  readonly wideband: Scores & { readonly interval: Interval };
  readonly bySex: readonly GroupScore[];
  readonly byCorpus: readonly GroupScore[];
  readonly byCondition: readonly GroupScore[];
  /** As recorded, from the first seconds of each clip only. */
  readonly bySecondsHeard: readonly (GroupScore & { readonly seconds: number })[];
  readonly calibration: {
    /** With the least negative log-likelihood on these clips, wideband and telephone. */
    readonly temperature: number;
    /** Expected calibration error, wideband. */
    readonly error: number;
    /** The same with the temperature fitted on other speakers. */
    readonly crossFittedError: number;
  };
  /** Speech detection on every 40 ms step, area under the curve, by condition. */
  readonly speechAuc: Readonly<Record<string, number>>;
}

/**
 * @param variants cached features of the same clips, the first as recorded
 * @param seed of the bootstrap
 * @param temperature at which confidence is measured: the manifest's, or the one fitted on these clips
 */
export async function evaluateModel(
  model: ModelRuntime,
  variants: readonly CachedVariant[],
  seed: number,
  temperature: 'manifest' | 'fitted' = 'manifest',
): Promise<Evaluation> {
  const { labels, calibration } = model.manifest;
  const runs = [];
  for (const [i, variant] of variants.entries()) {
    runs.push({ name: variant.variant, run: await runModel(model, variant, i === 0 ? horizonsS : []) });
  }
  const clean = runs[0]!.run.clips;
  const group = (name: string, clips: readonly Judged[]): GroupScore => {
    const { uar, accuracy } = scoresOf(clips, labels.length);
    return { name, clips: clips.length, uar, accuracy, interval: uarInterval(clips, labels.length, seed) };
  };
  const telephone = runs.find(({ name }) => name === 'telephone')?.run.clips ?? [];
  const fitted = fitTemperature([...clean, ...telephone]);
  return {
    labels,
    speakers: new Set(clean.map((clip) => clip.speaker)).size,
    wideband: { ...scoresOf(clean, labels.length), interval: uarInterval(clean, labels.length, seed) },
    bySex: groupsOf(clean, (clip) => clip.sex).map(([name, clips]) => group(name, clips)),
    byCorpus: groupsOf(clean, (clip) => clip.corpus).map(([name, clips]) => group(name, clips)),
    byCondition: runs.map(({ name, run }) => group(name, run.clips)),
    bySecondsHeard: horizonsS.map((seconds, i) => ({
      seconds,
      ...group(
        `${seconds} s`,
        clean.map((clip) => ({ ...clip, logits: clip.early[i]! })),
      ),
    })),
    calibration: {
      temperature: fitted,
      error: calibrationErrorAt(clean, temperature === 'fitted' ? fitted : calibration.temperature),
      crossFittedError: crossFittedCalibrationError(clean, seed),
    },
    speechAuc: Object.fromEntries(
      runs.map(({ name, run }) => [name, areaUnderCurve(run.speechLogits, run.speechTargets)]),
    ),
  };
}

function groupsOf(
  clips: readonly JudgedClip[],
  key: (clip: JudgedClip) => string | undefined,
): [string, JudgedClip[]][] {
  const groups = new Map<string, JudgedClip[]>();
  for (const clip of clips) {
    const name = key(clip);
    if (name === undefined) continue;
    groups.set(name, [...(groups.get(name) ?? []), clip]);
  }
  return [...groups].sort(([a], [b]) => a.localeCompare(b));
}
