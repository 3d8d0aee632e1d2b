/**
 * The trainer's batches from cached features. Everything random follows from (seed, epoch, row), so any batch can be
 * made again, alone, in any thread.
 */
import { modelFrameSize, UndertoneError } from '@undertone/core';
import { FeatureFile } from '../features/feature-file.ts';
import type { BatchSource, TrainingBatch } from '../train/batch.ts';
import type { BatchSourceOptions } from './batch-options.ts';
import {
  type BatchPlan,
  batchesPerEpoch,
  type PlanInputs,
  type PlannedClip,
  planEpoch,
  type RowPlan,
} from './epoch-plan.ts';
import { mixRows } from './mixup.ts';
import { Random } from './random.ts';
import { RowBuilder } from './row-builder.ts';
import { drawViews } from './views.ts';

/** Score that leaves a step out of a view. */
const leftOut = -1e4;
const stepsPerSecond = 25;

/** This module, as worker threads import it. */
export const batchSourceModule: string = import.meta.url;

/** @param options `BatchSourceOptions` */
export async function createBatchSource(options: unknown): Promise<BatchSource> {
  return new CachedBatchSource(options as BatchSourceOptions);
}

export class CachedBatchSource implements BatchSource {
  readonly batchesPerEpoch: number;
  readonly views: number;
  readonly shards: number;
  readonly shardRows: number;
  readonly frameBuckets: readonly number[];
  /** Weight of each class's rows; if not given, inverse to its frequency, within [0.5, 2]. */
  readonly classWeights: readonly number[];
  readonly #options: BatchSourceOptions;
  readonly #inputs: PlanInputs;
  readonly #builder: RowBuilder;
  #plan: { epoch: number; batches: BatchPlan[] } | null = null;

  constructor(options: BatchSourceOptions) {
    const files = options.corpora.map(({ variants }) =>
      variants.map(({ path, key }) => new FeatureFile(path, key)),
    );
    const nonSpeech = options.nonSpeech && new FeatureFile(options.nonSpeech.path, options.nonSpeech.key);
    const clips = files.flatMap((variants, corpus) => plannedClips(variants, corpus, options));
    const bySpeaker = groupBySpeaker(clips);
    this.#options = options;
    this.#inputs = {
      options,
      clips,
      bySpeaker,
      nonSpeechFrames: nonSpeech
        ? Array.from({ length: nonSpeech.count }, (_, i) => nonSpeech.clip(i).frames)
        : [],
    };
    this.#builder = new RowBuilder(options, files, nonSpeech, bySpeaker);
    this.classWeights = weightClasses(clips, options);
    this.batchesPerEpoch = batchesPerEpoch(this.#inputs);
    this.views = 1 + options.spanViews;
    this.shards = options.shards;
    this.shardRows = options.shardRows;
    this.frameBuckets = options.frameBuckets;
  }

  batch(epoch: number, index: number, shard: number): TrainingBatch {
    const plan = this.#batches(epoch)[index];
    if (!plan || shard < 0 || shard >= this.shards) {
      throw new RangeError(
        `Expected a batch below ${this.batchesPerEpoch} and a shard below ${this.shards}, got ${index}, ${shard}.`,
      );
    }
    const rows = plan.rows.filter((_, i) => i % this.shards === shard);
    const batch = this.#empty(plan.frames);
    for (const [i, row] of rows.entries()) this.#fill(batch, i, row, epoch);
    const { mixup, seed } = this.#options;
    if (mixup !== undefined) {
      mixRows(batch, rows.length, mixup, new Random(seed, 'mixup', epoch, index, shard));
    }
    return batch;
  }

  #batches(epoch: number): BatchPlan[] {
    if (this.#plan?.epoch !== epoch) this.#plan = { epoch, batches: planEpoch(this.#inputs, epoch) };
    return this.#plan.batches;
  }

  #empty(frames: number): TrainingBatch {
    const rows = this.shardRows;
    const steps = frames / this.#options.stepFrames;
    return {
      rows,
      frames,
      features: new Float32Array(rows * frames * modelFrameSize(this.#options.features)),
      poolMask: new Float32Array(rows * this.views * steps).fill(leftOut),
      targets: new Float32Array(rows * this.views * this.#options.labels.length),
      speechTargets: new Float32Array(rows * steps),
      speechWeights: new Float32Array(rows * steps),
    };
  }

  #fill(batch: TrainingBatch, row: number, plan: RowPlan, epoch: number): void {
    const { stepFrames, spanViews, spanSpeechS, seed } = this.#options;
    const random = new Random(seed, 'row', epoch, plan.row);
    const built = this.#builder.build(plan, random);
    const steps = batch.frames / stepFrames;
    const usedSteps = built.frames / stepFrames;
    batch.features.set(built.features, row * (batch.features.length / batch.rows));
    const speech = batch.speechTargets.subarray(row * steps, (row + 1) * steps);
    for (let step = 0; step < usedSteps; step++) {
      let sum = 0;
      for (let t = step * stepFrames; t < (step + 1) * stepFrames; t++) sum += built.speech[t]!;
      speech[step] = sum / stepFrames;
      batch.speechWeights[row * steps + step] = 1;
    }
    const clip = { start: built.contextFrames / stepFrames, end: usedSteps };
    const views = drawViews(clip, speech, spanViews, spanSpeechS * stepsPerSecond, random);
    for (const [view, span] of views.entries()) {
      const at = (row * this.views + view) * steps;
      batch.poolMask.fill(0, at + span.start, at + span.end);
      this.#putTarget(batch.targets, row * this.views + view, view, plan);
    }
  }

  #putTarget(targets: Float32Array, at: number, view: number, plan: RowPlan): void {
    const { labels, labelSmoothing, nonSpeechWeight, spanViews, spanWeight } = this.#options;
    const viewWeight = view === 0 ? 1 : spanWeight / spanViews;
    const label = plan.clip?.label;
    const soft = plan.clip?.target;
    const weight = viewWeight * (label === undefined ? nonSpeechWeight : this.classWeights[label]!);
    for (let c = 0; c < labels.length; c++) {
      const even = 1 / labels.length;
      const whole = soft ? soft[c]! : Number(c === label);
      const share = label === undefined ? even : (1 - labelSmoothing) * whole + labelSmoothing * even;
      targets[at * labels.length + c] = weight * share;
    }
  }
}

function plannedClips(
  variants: readonly FeatureFile[],
  corpus: number,
  { labels, softTargets }: BatchSourceOptions,
): PlannedClip[] {
  const first = variants[0];
  if (!first || first.count === 0) {
    throw new UndertoneError('bad_corpus', 'Expected clips to train on; the feature files hold none.');
  }
  return Array.from({ length: first.count }, (_, index) => {
    const { id, speaker, label } = first.clip(index);
    const position = labels.indexOf(label);
    if (position < 0) {
      throw new UndertoneError(
        'bad_corpus',
        `${id}: expected a label of ${labels.join(', ')}; found "${label}".`,
      );
    }
    const frames = variants.map((file) => {
      const entry = file.clip(index);
      if (entry.id !== id) {
        throw new UndertoneError('bad_corpus', `Expected clip ${id} in every variant; found ${entry.id}.`);
      }
      return entry.frames;
    });
    return { corpus, index, speaker, label: position, target: softTargets[id] ?? null, frames };
  });
}

function groupBySpeaker(clips: readonly PlannedClip[]): Map<string, PlannedClip[]> {
  const groups = new Map<string, PlannedClip[]>();
  for (const clip of clips) {
    const group = groups.get(clip.speaker);
    if (group) group.push(clip);
    else groups.set(clip.speaker, [clip]);
  }
  return groups;
}

function weightClasses(
  clips: readonly PlannedClip[],
  { labels, sampling, classWeights }: BatchSourceOptions,
): number[] {
  if (classWeights === 'none') return labels.map(() => 1);
  if (classWeights) return labels.map((label) => classWeights[label] ?? 1);
  const counts = labels.map((_, label) => clips.filter((clip) => clip.label === label).length);
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) =>
    sampling === 'balanced' || count === 0 ? 1 : Math.min(2, Math.max(0.5, clips.length / (present * count))),
  );
}
