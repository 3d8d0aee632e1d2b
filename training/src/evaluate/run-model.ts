/**
 * Runs an exported model over cached clips, each from the start of a stream to its end, and pools as the recogniser
 * does: the whole channel for the summary, and what has been heard after some seconds.
 */
import { type ModelRuntime, PoolSum, UndertoneError } from '@undertone/core';
import type { CachedVariant } from '../features/feature-cache.ts';
import { FeatureFile, type IndexedClip } from '../features/feature-file.ts';
import type { Judged } from './metrics.ts';
import { modelInputs } from './model-inputs.ts';

export interface JudgedClip extends Judged {
  readonly id: string;
  readonly corpus: string;
  readonly sex?: 'female' | 'male';
  /** Logits from the first seconds only, in the order of `horizonsS`. */
  readonly early: readonly (readonly number[])[];
  /** Logits from the start to where so much speech had been heard, in the order of `speechHorizonsS`. */
  readonly earlySpeech: readonly (readonly number[])[];
  /** Speech in the clean recording, in seconds. */
  readonly speechS: number;
  /** Speech that the model heard, in milliseconds: what the recogniser abstains by. */
  readonly heardSpeechMs: number;
}

export interface ModelRun {
  readonly clips: readonly JudgedClip[];
  /** Speech logit and target (1 or 0) of every step of every clip. */
  readonly speechLogits: Float32Array;
  readonly speechTargets: Uint8Array;
}

/** Clips that go through the network together; padding at the end changes nothing, as it is causal. */
const clipsPerCall = 16;

interface LoadedClip {
  readonly index: number;
  readonly steps: number;
  readonly inputs: Float32Array;
  /** `[steps]`: 1 where the clean recording holds speech. */
  readonly speech: Uint8Array;
}

/** After how many seconds results are wanted beside those of whole clips. */
export interface Horizons {
  /** Of audio, from the start of the clip. */
  readonly heardS?: readonly number[];
  /** Of speech, wherever it begins. */
  readonly speechS?: readonly number[];
}

/** @throws UndertoneError `bad_corpus` for a label that the model does not know, `aborted` */
export async function runModel(
  model: ModelRuntime,
  variant: CachedVariant,
  horizons: Horizons = {},
  signal?: AbortSignal,
): Promise<ModelRun> {
  const file = new FeatureFile(variant.path, variant.key);
  try {
    const order = Array.from({ length: file.count }, (_, i) => i);
    order.sort((a, b) => file.clip(a).frames - file.clip(b).frames);
    const clips: JudgedClip[] = [];
    const logits: number[] = [];
    const targets: number[] = [];
    for (let at = 0; at < order.length; at += clipsPerCall) {
      if (signal?.aborted) throw new UndertoneError('aborted', 'The evaluation was stopped.');
      const group = order.slice(at, at + clipsPerCall).map((index) => load(model, file, index));
      const { judged, speech } = await runGroup(model, group, horizons);
      for (const [i, clip] of group.entries()) {
        clips.push(judgedClip(model, file.clip(clip.index), clip, judged[i]!, speech[i]!, horizons));
        logits.push(...speech[i]!);
        targets.push(...clip.speech);
      }
    }
    return { clips, speechLogits: Float32Array.from(logits), speechTargets: Uint8Array.from(targets) };
  } finally {
    file.close();
  }
}

function load(model: ModelRuntime, file: FeatureFile, index: number): LoadedClip {
  const { stepFrames } = model;
  const clip = file.read(index);
  const { inputs, steps } = modelInputs(model, clip.raw);
  const speech = Uint8Array.from({ length: steps }, (_, i) =>
    speechTarget(clip.speech, i * stepFrames, stepFrames),
  );
  return { index, steps, inputs, speech };
}

/** For each clip: logits of the whole, of each horizon of audio, of each horizon of speech; and its speech logits. */
async function runGroup(
  model: ModelRuntime,
  group: readonly LoadedClip[],
  horizons: Horizons,
): Promise<{ judged: number[][][]; speech: Float32Array[] }> {
  const { stepFrames, inputSize, stateSize, valueSize } = model;
  const { labels } = model.manifest;
  const steps = Math.max(...group.map((clip) => clip.steps));
  const frames = steps * stepFrames;
  const inputs = new Float32Array(group.length * frames * inputSize);
  for (const [i, clip] of group.entries()) inputs.set(clip.inputs, i * frames * inputSize);
  const state = new Float32Array(group.length * stateSize);
  const out = await model.step({ batch: group.length, frames, features: inputs, state });

  const stepsPerSecond = 1 / stepSeconds(model);
  const views = 1 + (horizons.heardS?.length ?? 0) + (horizons.speechS?.length ?? 0);
  const pooled = new Float32Array(group.length * views * 2 * valueSize);
  for (const [i, clip] of group.entries()) {
    for (const [view, end] of endsOf(clip, horizons, stepsPerSecond).entries()) {
      const sum = new PoolSum(valueSize);
      for (let step = 0; step < end; step++) {
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

/** The step at which each view of a clip ends, in the order of `runGroup`. */
function endsOf(clip: LoadedClip, { heardS = [], speechS = [] }: Horizons, stepsPerSecond: number): number[] {
  const toSteps = (seconds: number): number => Math.max(1, Math.round(seconds * stepsPerSecond));
  const afterSpeech = (wanted: number): number => {
    let heard = 0;
    for (let step = 0; step < clip.steps; step++) {
      heard += clip.speech[step]!;
      if (heard === wanted) return step + 1;
    }
    return clip.steps;
  };
  return [
    clip.steps,
    ...heardS.map((seconds) => Math.min(clip.steps, toSteps(seconds))),
    ...speechS.map((seconds) => afterSpeech(toSteps(seconds))),
  ];
}

function judgedClip(
  model: ModelRuntime,
  indexed: IndexedClip,
  clip: LoadedClip,
  judged: readonly (readonly number[])[],
  speech: Float32Array,
  horizons: Horizons,
): JudgedClip {
  const { labels, speech: detection } = model.manifest;
  const { id, speaker, label, corpus, sex } = indexed;
  const position = labels.indexOf(label);
  if (position < 0) {
    throw new UndertoneError(
      'bad_corpus',
      `${id}: expected a label of ${labels.join(', ')}, which the model knows; found "${label}".`,
    );
  }
  const seconds = stepSeconds(model);
  const heard = speech.reduce(
    (sum, logit) => sum + Number(1 / (1 + Math.exp(-logit)) >= detection.offsetProbability),
    0,
  );
  const [whole, ...views] = judged;
  const heardViews = horizons.heardS?.length ?? 0;
  return {
    id,
    speaker,
    corpus,
    label: position,
    logits: whole!,
    early: views.slice(0, heardViews),
    earlySpeech: views.slice(heardViews),
    speechS: seconds * clip.speech.reduce((sum, x) => sum + x, 0),
    heardSpeechMs: Math.round(1000 * seconds * heard),
    ...(sex && { sex }),
  };
}

function stepSeconds({ manifest, stepFrames }: ModelRuntime): number {
  return (manifest.features.hopSamples * stepFrames) / manifest.features.sampleRate;
}

/** Most of the frames of a step decide. */
function speechTarget(speech: Uint8Array, start: number, frames: number): number {
  let sum = 0;
  for (let t = start; t < start + frames; t++) sum += speech[t]!;
  return sum * 2 >= frames ? 1 : 0;
}
