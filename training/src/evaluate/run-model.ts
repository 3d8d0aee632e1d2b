/**
 * Runs an exported model over cached clips, each from the start of a stream to its end, and pools as the recogniser
 * does: the whole channel for the summary, and what has been heard after some seconds.
 */
import {
  CausalNormaliser,
  type ModelRuntime,
  modelFrameSize,
  PoolSum,
  UndertoneError,
} from '@undertone/core';
import type { CachedVariant } from '../features/feature-cache.ts';
import { FeatureFile } from '../features/feature-file.ts';
import type { Judged } from './metrics.ts';

export interface JudgedClip extends Judged {
  readonly id: string;
  readonly corpus: string;
  readonly sex?: 'female' | 'male';
  /** Logits from the first seconds only, in the order of `horizonsS`. */
  readonly early: readonly (readonly number[])[];
}

export interface ModelRun {
  readonly clips: readonly JudgedClip[];
  /** Speech logit and target (1 or 0) of every step of every clip. */
  readonly speechLogits: Float32Array;
  readonly speechTargets: Uint8Array;
}

/** Clips that go through the network together; padding at the end changes nothing, as it is causal. */
const clipsPerCall = 16;
const samplesPerSecond = 16000;

interface LoadedClip {
  readonly index: number;
  readonly steps: number;
  readonly inputs: Float32Array;
  readonly speech: Uint8Array;
}

export async function runModel(
  model: ModelRuntime,
  variant: CachedVariant,
  horizonsS: readonly number[] = [],
): Promise<ModelRun> {
  const { labels, stepFrames } = model.manifest;
  const file = new FeatureFile(variant.path, variant.key);
  try {
    const order = Array.from({ length: file.count }, (_, i) => i);
    order.sort((a, b) => file.clip(a).frames - file.clip(b).frames);
    const clips: JudgedClip[] = [];
    const logits: number[] = [];
    const targets: number[] = [];
    for (let at = 0; at < order.length; at += clipsPerCall) {
      const group = order.slice(at, at + clipsPerCall).map((index) => load(model, file, index));
      const { judged, speech } = await runGroup(model, group, horizonsS);
      for (const [i, clip] of group.entries()) {
        const { id, speaker, label, corpus, sex } = file.clip(clip.index);
        const position = labels.indexOf(label);
        if (position < 0) {
          throw new UndertoneError(
            'bad_corpus',
            `${id}: expected a label of ${labels.join(', ')}, which the model knows; found "${label}".`,
          );
        }
        const [whole, ...early] = judged[i]!;
        clips.push({
          id,
          speaker,
          corpus,
          label: position,
          logits: whole!,
          early,
          ...(sex && { sex }),
        });
        for (let step = 0; step < clip.steps; step++) {
          logits.push(speech[i]![step]!);
          targets.push(speechTarget(clip.speech, step * stepFrames, stepFrames));
        }
      }
    }
    return { clips, speechLogits: Float32Array.from(logits), speechTargets: Uint8Array.from(targets) };
  } finally {
    file.close();
  }
}

function load({ manifest }: ModelRuntime, file: FeatureFile, index: number): LoadedClip {
  const { features, normalisation, stepFrames } = manifest;
  const clip = file.read(index);
  const steps = Math.floor(clip.frames / stepFrames);
  const frames = steps * stepFrames;
  const inputs = new Float32Array(frames * modelFrameSize(features));
  new CausalNormaliser(features, normalisation).process(clip.raw, frames, inputs);
  return { index, steps, inputs, speech: clip.speech };
}

/** For each clip: logits of the whole and of each horizon; and its speech logits. */
async function runGroup(
  model: ModelRuntime,
  group: readonly LoadedClip[],
  horizonsS: readonly number[],
): Promise<{ judged: number[][][]; speech: Float32Array[] }> {
  const { stepFrames, inputSize, stateSize, valueSize, labels, features } = model.manifest;
  const steps = Math.max(...group.map((clip) => clip.steps));
  const frames = steps * stepFrames;
  const inputs = new Float32Array(group.length * frames * inputSize);
  for (const [i, clip] of group.entries()) inputs.set(clip.inputs, i * frames * inputSize);
  const state = new Float32Array(group.length * stateSize);
  const out = await model.step({ batch: group.length, frames, features: inputs, state });

  const stepsPerSecond = samplesPerSecond / (features.hopSamples * stepFrames);
  const ends = horizonsS.map((seconds) => Math.max(1, Math.round(seconds * stepsPerSecond)));
  const views = 1 + ends.length;
  const pooled = new Float32Array(group.length * views * 2 * valueSize);
  for (const [i, clip] of group.entries()) {
    for (const [view, end] of [clip.steps, ...ends].entries()) {
      const sum = new PoolSum(valueSize);
      for (let step = 0; step < Math.min(end, clip.steps); step++) {
        sum.addStep(out.values, (i * steps + step) * valueSize, out.attention[i * steps + step]!);
      }
      pooled.set(sum.meanAndDeviation(), (i * views + view) * 2 * valueSize);
    }
  }
  const logits = await model.head(pooled, group.length * views);
  const judged = group.map((_, i) =>
    Array.from({ length: views }, (_, view) => {
      const at = (i * views + view) * labels.length;
      return [...logits.subarray(at, at + labels.length)];
    }),
  );
  return { judged, speech: group.map((clip, i) => out.speech.subarray(i * steps, i * steps + clip.steps)) };
}

function speechTarget(speech: Uint8Array, start: number, frames: number): number {
  let sum = 0;
  for (let t = start; t < start + frames; t++) sum += speech[t]!;
  return sum * 2 >= frames ? 1 : 0;
}
