/** What a change of a model costs: two models on the same clips. */
import type { ModelRuntime } from '@undertone/core';
import type { CachedVariant } from '../features/feature-cache.ts';
import { type Interval, pairedUarInterval } from './bootstrap.ts';
import { argmax, scoresOf } from './metrics.ts';
import { type JudgedClip, runModel } from './run-model.ts';

export interface ComparedCondition {
  readonly name: string;
  readonly clips: number;
  readonly uarBefore: number;
  readonly uarAfter: number;
  /** 95 % interval of the difference, by resampling speakers. */
  readonly difference: Interval;
  /** Share of the clips whose best class is another one. */
  readonly changed: number;
}

/**
 * @param variants features that both models take
 * @throws UndertoneError `bad_corpus`, `aborted`
 */
export async function compareModels(
  before: ModelRuntime,
  after: ModelRuntime,
  variants: readonly CachedVariant[],
  seed: number,
  signal?: AbortSignal,
): Promise<ComparedCondition[]> {
  const classes = before.manifest.labels.length;
  const compared: ComparedCondition[] = [];
  for (const variant of variants) {
    const first = byId((await runModel(before, variant, {}, signal)).clips);
    const second = byId((await runModel(after, variant, {}, signal)).clips);
    const changed = first.filter((clip, i) => argmax(clip.logits) !== argmax(second[i]!.logits)).length;
    compared.push({
      name: variant.variant,
      clips: first.length,
      uarBefore: scoresOf(first, classes).uar,
      uarAfter: scoresOf(second, classes).uar,
      difference: pairedUarInterval(first, second, classes, seed),
      changed: changed / first.length,
    });
  }
  return compared;
}

function byId(clips: readonly JudgedClip[]): JudgedClip[] {
  return [...clips].sort((a, b) => (a.id < b.id ? -1 : 1));
}
