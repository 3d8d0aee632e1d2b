import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CausalNormaliser, defaultFeatureConfig, FeatureKernel, FrontEnd } from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import { batchSourceOptionsOf } from '../config/derived.ts';
import { resolveExperiment } from '../config/experiment.ts';
import { type CachedVariant, FeatureCache } from '../features/feature-cache.ts';
import { clipId } from '../features/feature-key.ts';
import { measureNormalisation } from '../features/normalisation-prior.ts';
import type { TrainingBatch } from '../train/batch.ts';
import { readAudioFile } from './audio-file.ts';
import type { BatchSourceOptions } from './batch-options.ts';
import { CachedBatchSource } from './batch-source.ts';
import type { Clip } from './clip.ts';
import { loadCorpus } from './corpus.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-batches-'));
let clips: readonly Clip[] = [];
let files: CachedVariant[] = [];
let nonSpeech: CachedVariant;
let plain: BatchSourceOptions;

/** No augmentation at all. */
const bare = {
  batchRows: 8,
  frameBuckets: [128, 160, 192],
  wideGainProbability: 0,
  narrowGainDb: 0,
  backgroundProbability: 0,
  studioProbability: 0,
  equaliserProbability: 0,
  dynamicsProbability: 0,
  pitchShiftProbability: 0,
  masks: 0,
  contextProbability: 0,
  nonSpeechClips: 0,
};

beforeAll(async () => {
  writeSyntheticCremaD(root, 4, ['DFA', 'IEO']);
  clips = (await loadCorpus(root)).clips;
  const cache = new FeatureCache({
    folder: join(root, 'cache'),
    features: defaultFeatureConfig,
    seed: 1,
    threads: 0,
  });
  files = await cache.clips('train', clips, [{ name: 'clean' }, { name: 'speed-0.90', speed: 0.9 }], clips);
  nonSpeech = await cache.nonSpeech(5);
  plain = options({}, [files[0]!]);
});
afterAll(() => rmSync(root, { recursive: true }));

function options(
  fields: Record<string, unknown>,
  variants = files,
  sounds: CachedVariant | null = null,
): BatchSourceOptions {
  const experiment = resolveExperiment({ ...bare, ...fields });
  const { priorFrames, maxFrames, scale, priorVoicedFrames } = experiment;
  const settings = { priorFrames, maxFrames, scale, priorVoicedFrames };
  const normalisation = measureNormalisation([variants[0]!], defaultFeatureConfig, settings);
  return batchSourceOptionsOf(experiment, [variants], sounds, normalisation);
}

const everything = {
  wideGainProbability: 0.4,
  narrowGainDb: 6,
  backgroundProbability: 0.5,
  masks: 2,
  contextProbability: 0.5,
  mixup: 0.4,
  vocalTractProbability: 0.5,
  frameBuckets: [128, 192, 256, 384],
};

/** All batches of an epoch, both shards. */
function epochOf(source: CachedBatchSource, epoch: number): TrainingBatch[] {
  return Array.from({ length: source.batchesPerEpoch }, (_, index) =>
    [0, 1].map((shard) => source.batch(epoch, index, shard)),
  ).flat();
}

/** Row `row` of a per-row array. */
function rowOf(values: Float32Array, { rows }: TrainingBatch, row: number): Float32Array {
  return values.subarray((row * values.length) / rows, ((row + 1) * values.length) / rows);
}

function labelOf(batch: TrainingBatch, row: number): number {
  const first = rowOf(batch.targets, batch, row).subarray(0, 6);
  return first.indexOf(Math.max(...first));
}

describe('CachedBatchSource', () => {
  it('fits the contract: shapes, buckets, masks only where there is audio', () => {
    const source = new CachedBatchSource(options(everything, files, nonSpeech));
    expect(source.views).toBe(3);
    for (const batch of epochOf(source, 0)) {
      const steps = batch.frames / 4;
      expect(batch.rows).toBe(4);
      expect(source.frameBuckets).toContain(batch.frames);
      expect(batch.features.length).toBe(4 * batch.frames * 67);
      expect(batch.features.every(Number.isFinite)).toBe(true);
      expect([batch.poolMask.length, batch.targets.length]).toEqual([4 * 3 * steps, 4 * 3 * 6]);
      for (let row = 0; row < 4; row++) {
        const weights = rowOf(batch.speechWeights, batch, row);
        const mask = rowOf(batch.poolMask, batch, row);
        for (let view = 0; view < 3; view++) {
          const pooled = [...mask.subarray(view * steps, (view + 1) * steps).entries()].filter(
            ([, m]) => m === 0,
          );
          expect(pooled.length).toBeGreaterThan(0);
          for (const [step] of pooled) expect(weights[step]).toBe(1);
        }
      }
    }
  });

  it('is what a stream would compute where nothing is augmented', async () => {
    const source = new CachedBatchSource(plain);
    const kernel = new FeatureKernel(defaultFeatureConfig);
    const recordings = await Promise.all(clips.map((clip) => readAudioFile(clip.path)));
    const expected = recordings.map(({ samples }) => {
      const raw = new FrontEnd(kernel).accept(samples).slice();
      const frames = Math.floor(raw.length / 66 / 4) * 4;
      const inputs = new Float32Array(frames * 67);
      new CausalNormaliser(defaultFeatureConfig, plain.normalisation).process(raw, frames, inputs);
      return inputs;
    });
    let found = 0;
    for (const batch of epochOf(source, 0)) {
      for (let row = 0; row < batch.rows; row++) {
        const features = rowOf(batch.features, batch, row);
        found += expected.filter((inputs) => inputs.every((x, i) => x === features[i])).length;
      }
    }
    // 48 clips in 6 batches of 8 rows.
    expect(found).toBe(48);
  });

  it('repeats any batch exactly, in any order, from another source', () => {
    const first = new CachedBatchSource(options(everything, files, nonSpeech));
    const second = new CachedBatchSource(options(everything, files, nonSpeech));
    second.batch(5, 0, 0);
    for (const [epoch, index, shard] of [
      [1, 2, 1],
      [0, 0, 0],
      [1, 0, 1],
    ] as const) {
      expect(second.batch(epoch, index, shard)).toEqual(first.batch(epoch, index, shard));
    }
  });

  it('changes with epoch, shard and seed', () => {
    const source = new CachedBatchSource(options(everything));
    const other = new CachedBatchSource(options({ ...everything, seed: 2 }));
    const start = (batch: TrainingBatch): string => batch.features.subarray(0, 500).join();
    const starts = [
      source.batch(0, 0, 0),
      source.batch(1, 0, 0),
      source.batch(0, 0, 1),
      other.batch(0, 0, 0),
    ].map(start);
    expect(new Set(starts).size).toBe(4);
  });

  it('gives every clip once an epoch', () => {
    const source = new CachedBatchSource(plain);
    const starts = epochOf(source, 3).flatMap((batch) =>
      Array.from({ length: batch.rows }, (_, row) =>
        rowOf(batch.features, batch, row)
          .subarray(0, 40 * 67)
          .join(),
      ),
    );
    expect(new Set(starts).size).toBe(48);
  });

  it('spreads the target over the views and smooths it', () => {
    const source = new CachedBatchSource(plain);
    const batch = source.batch(0, 0, 0);
    const targets = rowOf(batch.targets, batch, 0);
    const sums = [0, 1, 2].map((view) => targets.subarray(view * 6, view * 6 + 6).reduce((a, b) => a + b, 0));
    expect(sums[0]).toBeCloseTo(1, 5);
    expect(sums[1]).toBeCloseTo(0.25, 5);
    expect(sums[2]).toBeCloseTo(0.25, 5);
    const sorted = [...targets.subarray(0, 6)].sort((a, b) => a - b);
    expect(sorted[5]).toBeCloseTo(0.9 + 0.1 / 6, 5);
    expect(sorted[0]).toBeCloseTo(0.1 / 6, 5);
  });

  it('asks for what the raters heard where it is known, of clips in every row and view', () => {
    const heard = [0.5, 0, 0.25, 0, 0.25, 0];
    const [asked] = clips.filter((clip) => clip.label === 'angry');
    const softTargets = { [clipId(asked!)]: heard };
    const source = new CachedBatchSource({ ...plain, labelSmoothing: 0, softTargets });
    const targets = epochOf(source, 0).flatMap((batch) =>
      Array.from({ length: batch.rows }, (_, row) => [...rowOf(batch.targets, batch, row)]),
    );
    const soft = targets.filter((row) => row.slice(0, 6).filter((share) => share > 0).length === 3);
    expect(soft.length).toBeGreaterThan(0);
    for (const row of soft) {
      expect(row.slice(0, 6)).toEqual(heard);
      expect(row.slice(6, 12)).toEqual(heard.map((share) => share / 4));
    }
    expect(targets.filter((row) => row.slice(0, 6).includes(1)).length).toBeGreaterThan(30);
  });

  it('gives sounds without speech an even target of their weight, and no speech', () => {
    const source = new CachedBatchSource(
      options({ nonSpeechClips: 5, nonSpeechShare: 0.25, frameBuckets: [448] }, files, nonSpeech),
    );
    let even = 0;
    let rows = 0;
    for (const batch of epochOf(source, 0)) {
      for (let row = 0; row < batch.rows; row++, rows++) {
        const whole = rowOf(batch.targets, batch, row).subarray(0, 6);
        if (Math.max(...whole) - Math.min(...whole) > 1e-6) continue;
        even++;
        expect(whole[0]).toBeCloseTo(0.5 / 6, 5);
        expect(Math.max(...rowOf(batch.speechTargets, batch, row))).toBe(0);
      }
    }
    expect(even / rows).toBe(0.25);
  });

  it('puts earlier audio before the clip, heard but not pooled', () => {
    const source = new CachedBatchSource(
      options({ contextProbability: 1, contextPauseProbability: 0, frameBuckets: [384] }, [files[0]!]),
    );
    for (const batch of epochOf(source, 0)) {
      for (let row = 0; row < batch.rows; row++) {
        const whole = rowOf(batch.poolMask, batch, row).subarray(0, batch.frames / 4);
        const before = whole.indexOf(0);
        expect(before).toBeGreaterThanOrEqual(12);
        expect(rowOf(batch.speechWeights, batch, row)[0]).toBe(1);
        // The pooled clip is the shortest 136 frames long, less a rest.
        expect(whole.filter((m) => m === 0).length).toBeGreaterThanOrEqual(34);
      }
    }
  });

  it('crops rows that are longer than the longest bucket', () => {
    const source = new CachedBatchSource(options({ frameBuckets: [64] }));
    for (const batch of epochOf(source, 0)) {
      expect(batch.frames).toBe(64);
      expect(Math.min(...batch.speechWeights)).toBe(1);
    }
  });

  it('weights rare classes up, within limits, or draws classes evenly', async () => {
    const cache = new FeatureCache({
      folder: join(root, 'cache'),
      features: defaultFeatureConfig,
      seed: 1,
      threads: 0,
    });
    // Eight angry clips, and one each of disgust and sad.
    const few = [
      ...clips.filter((clip) => clip.label === 'angry'),
      ...['disgust', 'sad'].map((label) => clips.find((clip) => clip.label === label)!),
    ];
    const [file] = await cache.clips('few', few, [{ name: 'clean' }], []);
    const natural = new CachedBatchSource(options({}, [file!]));
    expect(natural.classWeights[0]).toBe(0.5);
    expect(natural.classWeights[1]).toBe(2);
    const balanced = new CachedBatchSource(options({ sampling: 'balanced', batchRows: 12 }, [file!]));
    const counts = new Map<number, number>();
    for (const batch of epochOf(balanced, 0)) {
      for (let row = 0; row < batch.rows; row++)
        counts.set(labelOf(batch, row), (counts.get(labelOf(batch, row)) ?? 0) + 1);
    }
    expect([...counts].sort()).toEqual([
      [0, 4],
      [1, 4],
      [5, 4],
    ]);
  });

  it('takes class weights as they are given, or none', () => {
    const byHand = new CachedBatchSource(options({ classWeights: 'angry=3,sad=0.5' }));
    expect(byHand.classWeights).toEqual([3, 1, 1, 1, 1, 0.5]);
    expect(new CachedBatchSource(options({ classWeights: 'none' })).classWeights).toEqual([1, 1, 1, 1, 1, 1]);
    expect(() => options({ classWeights: { angri: 3 } })).toThrow(
      'Field classWeights: expected labels of angry, disgust, fearful, happy, neutral, sad; found "angri".',
    );
  });

  it('mixes rows, and warps vocal tracts, where asked for; nothing else changes then', () => {
    const first = (fields: Record<string, unknown>): TrainingBatch =>
      new CachedBatchSource(options(fields, [files[0]!])).batch(0, 0, 0);
    const before = first({ labelSmoothing: 0 });
    const mixed = first({ labelSmoothing: 0, mixup: 1 });
    expect(mixed.poolMask).toEqual(before.poolMask);
    expect(mixed.features).not.toEqual(before.features);
    const sum = (values: Float32Array): number => values.reduce((a, b) => a + b, 0);
    expect(sum(mixed.targets)).toBeCloseTo(sum(before.targets), 4);
    const labels = Array.from({ length: 4 }, (_, row) => [
      ...rowOf(mixed.targets, mixed, row).subarray(0, 6),
    ]);
    expect(labels.some((shares) => shares.filter((share) => share > 0.001).length === 2)).toBe(true);

    const warped = first({ vocalTractProbability: 1, vocalTractRange: 0.2 });
    const size = 67;
    let moved = 0;
    for (let t = 0; t < before.frames * before.rows; t++) {
      const [a, b] = [before, warped].map(({ features }) => features.subarray(t * size, (t + 1) * size));
      expect(b!.subarray(64)).toEqual(a!.subarray(64));
      moved += Number(!b!.every((value, i) => value === a![i]));
    }
    expect(moved).toBeGreaterThan(before.frames);
  });

  it('refuses variants of different clips and a batch that does not exist', async () => {
    const cache = new FeatureCache({
      folder: join(root, 'cache'),
      features: defaultFeatureConfig,
      seed: 1,
      threads: 0,
    });
    const [other] = await cache.clips('other', clips.slice(1), [{ name: 'clean' }], []);
    expect(() => new CachedBatchSource(options({}, [other!, files[0]!]))).toThrow('in every variant');
    expect(() => new CachedBatchSource(plain).batch(0, 6, 0)).toThrow('Expected a batch below 6');
  });
});
