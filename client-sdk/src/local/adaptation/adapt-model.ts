/** Fits a model's head to one voice, wherever the model runs: in this process, or in a worker. */
import { UndertoneError } from '@undertone/core';
import type { AdaptableModel } from './adaptable-model.ts';
import { Adaptation, type AdaptationReport } from './adaptation.ts';
import { type FittedHead, fitHead, fitSettings } from './fit-head.ts';
import { hearClips } from './hear-clips.ts';
import { checkClips, type LabelledClip } from './labelled-clip.ts';

export interface AdaptProgress {
  /** Clips are heard once, then the head is fitted. */
  readonly stage: 'hearing' | 'fitting';
  /** Of this stage, from 0 to 1; fitting may end early. */
  readonly share: number;
}

export interface AdaptOptions {
  readonly onProgress?: (progress: AdaptProgress) => void;
  /** Stops with `aborted`. */
  readonly signal?: AbortSignal;
}

/**
 * @throws UndertoneError `bad_parameter` for too few clips, labels that the model does not have, or lengths and rates out of
 * range; `bad_audio` for a clip without speech; `model_mismatch` for a model that cannot be adapted; `aborted`
 */
export async function adaptModel(
  model: AdaptableModel,
  clips: readonly LabelledClip[],
  { onProgress, signal }: AdaptOptions = {},
): Promise<Adaptation> {
  throwIfAborted(signal);
  const { runtime } = model;
  checkClips(clips, runtime.manifest);
  const trainer = await model.openTrainer();
  try {
    /** Streams on the same thread go on meanwhile. */
    const pause = async (stage: AdaptProgress['stage'], share: number): Promise<void> => {
      onProgress?.({ stage, share });
      await new Promise((resolve) => setTimeout(resolve));
      throwIfAborted(signal);
    };
    const rows = await hearClips(runtime, clips, (count) => pause('hearing', count / clips.length));
    const fitted = await fitHead(trainer, rows, fitSettings, (share) => pause('fitting', share));
    const { before, after, steps, isBetter: isApplied } = fitted;
    const report: AdaptationReport = {
      clips: countByLabel(clips),
      steps,
      before,
      after,
      isApplied,
      ...(isApplied ? {} : { reason: whyNot(fitted) }),
    };
    const { temperature } = trainer.manifest.calibration;
    return Adaptation.of(
      trainer.manifest,
      isApplied ? fitted : { weights: new Float32Array(fitted.weights.length), temperature },
      report,
    );
  } finally {
    await trainer.close();
  }
}

/** What a user can be told. */
function whyNot({ before, after }: FittedHead): string {
  if (after.recall === before.recall) {
    return 'clips that are left out are recognised as before, with no more confidence in what is right';
  }
  const percent = (share: number): string => `${Math.round(100 * share)} %`;
  return `of clips that are left out, ${percent(after.recall)} would be recognised, less than the ${percent(before.recall)} of before`;
}

function countByLabel(clips: readonly LabelledClip[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { label } of clips) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new UndertoneError('aborted', 'The adaptation was aborted.', { cause: signal.reason });
  }
}
