import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultFeatureConfig } from '@undertone/core';
import { InferenceSession as WebSession, Tensor as WebTensor } from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../../test/support/synthetic-corpus.ts';
import { batchSourceOptionsOf, optimiserOf, variantsOf } from '../../config/derived.ts';
import { resolveExperiment } from '../../config/experiment.ts';
import { CachedBatchSource } from '../../data/batch-source.ts';
import { loadCorpus } from '../../data/corpus.ts';
import { exportCnn } from '../../export/cnn-model.ts';
import { FeatureCache } from '../../features/feature-cache.ts';
import { measureNormalisation } from '../../features/normalisation-prior.ts';
import { GraphSession } from '../../train/graph-session.ts';
import * as ort from '../../train/onnx-runtime.ts';
import { seededNormal, seededRandom } from '../../train/seeded-random.ts';
import { timeFirst } from '../../train/time-first.ts';
import { type CnnConfig, cnnLayout } from './cnn-config.ts';
import { cnnForwardGraph, cnnTrainingGraph } from './cnn-graph.ts';
import { cnnInitialParameters } from './cnn-initial-parameters.ts';
import { trainCnn } from './train-cnn.ts';
import { windowBatch } from './window-batches.ts';

const tiny: CnnConfig = {
  inputSize: 19,
  bands: 16,
  windowFrames: 24,
  channels: [4, 6, 8],
  size: 10,
  classes: 4,
  dropout: 0.2,
};
const root = mkdtempSync(join(tmpdir(), 'undertone-cnn-'));
afterAll(() => rmSync(root, { recursive: true }));

function normals(count: number, seed: number, scale = 1): Float32Array {
  const normal = seededNormal(seededRandom(seed));
  return Float32Array.from({ length: count }, () => scale * normal());
}

describe('the network over windows', () => {
  it('has the gradient of its loss, by central differences in each parameter', async () => {
    const layout = cnnLayout(tiny);
    const rows = 4;
    const graph = await GraphSession.open(cnnTrainingGraph(tiny, rows));
    const feeds = {
      parameters: cnnInitialParameters(tiny, 5).map((x, i) => x + 0.05 * Math.sin(i)),
      features: normals(tiny.windowFrames * rows * tiny.inputSize, 8),
      targets: Float32Array.from({ length: rows * 4 }, (_, i) => (i % 5 === 0 ? 0.7 : 0.1)),
      keep: Float32Array.from({ length: rows * 20 }, (_, i) => (i % 4 === 0 ? 0 : 4 / 3)),
      lossScale: Float32Array.of(0.5),
    };
    const { gradient } = await graph.run(feeds);
    for (const { name } of layout.specs) {
      const slope = layout.view(gradient!, name);
      const norm = Math.hypot(...slope);
      const at = async (step: number): Promise<number> => {
        const parameters = Float32Array.from(feeds.parameters);
        const view = layout.view(parameters, name);
        for (let i = 0; i < view.length; i++) view[i]! += (step * slope[i]!) / norm;
        return (await graph.run({ ...feeds, parameters })).loss![0]!;
      };
      // Short before a rectifier, so that few change sides; elsewhere so long that the loss moves well above rounding.
      const step = /^(attention|classes)/.test(name) ? Math.min(0.05, 0.02 / norm) : 4e-3;
      const numeric =
        (8 * ((await at(step)) - (await at(-step))) - ((await at(2 * step)) - (await at(-2 * step)))) /
        (12 * step);
      expect(Math.abs(numeric - norm) / norm, name).toBeLessThan(0.02);
    }
    await graph.close();
  });

  it('is exported as the same network, for Node and for the browser runtime', async () => {
    const parameters = cnnInitialParameters(tiny, 2).map((x, i) => x + 0.02 * Math.sin(i));
    const rows = 5;
    const windows = normals(rows * tiny.windowFrames * tiny.inputSize, 3);
    const graph = await GraphSession.open(cnnForwardGraph(tiny, rows));
    const { logits } = await graph.run({
      parameters,
      features: timeFirst(windows, rows, tiny.windowFrames),
    });
    await graph.close();
    const bytes = exportCnn(parameters, tiny);
    const node = await ort.InferenceSession.create(bytes);
    const web = await WebSession.create(bytes);
    const dims = [rows, tiny.windowFrames, tiny.inputSize];
    const inNode = await node.run({ features: new ort.Tensor('float32', windows, dims) });
    const inWeb = await web.run({ features: new WebTensor('float32', windows, dims) });
    await node.release();
    for (const out of [inNode, inWeb]) {
      const found = out.logits!.data as Float32Array;
      const worst = Math.max(...found.map((x, i) => Math.abs(x - logits![i]!)));
      expect(worst).toBeLessThan(1e-5);
    }
    expect(Math.max(...logits!) - Math.min(...logits!)).toBeGreaterThan(0.1);
  });

  it('refuses sizes that do not fit, naming the field', () => {
    expect(() => cnnLayout({ ...tiny, windowFrames: 30 })).toThrow('windowFrames: expected a multiple of 4');
    expect(() => cnnLayout({ ...tiny, channels: [4, 4, 4, 4, 4] })).toThrow('cnnChannels');
  });
});

describe('training the network over windows', () => {
  const experiment = resolveExperiment({
    epochs: 3,
    batchRows: 12,
    // A masked frame is like any other masked frame.
    masks: 0,
    frameBuckets: [128, 192],
    variants: 'clean,speed-1.10',
    nonSpeechClips: 2,
    cnnChannels: '4,8',
    cnnSize: 12,
    windowFrames: 100,
  });
  let batches: ReturnType<typeof batchSourceOptionsOf>;
  const model: CnnConfig = {
    inputSize: 67,
    bands: 64,
    windowFrames: 100,
    channels: [4, 8],
    size: 12,
    classes: 6,
    dropout: 0.3,
  };

  beforeAll(async () => {
    writeSyntheticCremaD(root, 4);
    const { clips } = await loadCorpus(root);
    const cache = new FeatureCache({
      folder: join(root, 'cache'),
      features: defaultFeatureConfig,
      seed: 1,
      threads: 0,
    });
    const files = await cache.clips('all', clips, variantsOf(experiment), clips);
    const normalisation = measureNormalisation(files.slice(0, 1), defaultFeatureConfig, experiment);
    batches = batchSourceOptionsOf(experiment, [files], await cache.nonSpeech(2), normalisation);
  });

  it('ends windows with the clip or within it, and fills up with zeros before', () => {
    const source = new CachedBatchSource(batches);
    const options = { windowFrames: 100, inputSize: 67, classes: 6, stepFrames: 4, seed: 1 };
    const { features, targets } = windowBatch(source, options, 0, 0, 0);
    const whole = source.batch(0, 0, 0);
    expect(targets).toHaveLength(source.shardRows * 6);
    let ended = 0;
    for (let row = 0; row < source.shardRows; row++) {
      const weight = targets.subarray(row * 6, row * 6 + 6).reduce((a, b) => a + b, 0);
      expect(weight).toBeGreaterThan(0.2);
      const window = Float32Array.from({ length: 100 * 67 }, (_, i) => {
        const [t, f] = [Math.floor(i / 67), i % 67];
        return features[(t * source.shardRows + row) * 67 + f]!;
      });
      const own = whole.features.subarray(row * whole.frames * 67, (row + 1) * whole.frames * 67);
      // The window's last frame is one of the row's frames, and what precedes it there precedes it here.
      const last = window.subarray(99 * 67);
      let at = -1;
      for (let t = 0; t < whole.frames; t++) {
        if (last.every((x, f) => x === own[t * 67 + f])) at = t;
      }
      expect(at).toBeGreaterThan(0);
      const before = Math.min(99, at);
      const taken = own.subarray((at - before) * 67, at * 67);
      expect(window.subarray((99 - before) * 67, 99 * 67)).toEqual(taken);
      if (before < 99) expect(window.subarray(0, (99 - before) * 67).every((x) => x === 0)).toBe(true);
      if (at + 1 < whole.frames && own[(at + 1) * 67] !== 0) ended++;
    }
    expect(ended).toBeGreaterThan(0);
    expect(ended).toBeLessThan(source.shardRows);
  });

  it('stops when validation has waited long enough, with the best weights, resumed or not', async () => {
    const training = { model, optimiser: optimiserOf(experiment), batches, epochs: 9, seed: 1, patience: 2 };
    const scores = [0.3, 0.5, 0.4, 0.5, 0.9];
    const seen: Float32Array[] = [];
    const run = (name: string, { stopAfter = 0, resume = false } = {}) => {
      const stop = new AbortController();
      return trainCnn(training, {
        threads: false,
        checkpointPath: join(root, name),
        resume,
        signal: stop.signal,
        validateEvery: 1,
        onValidate: async (average, epoch) => {
          seen[epoch] = average;
          if (epoch === stopAfter) stop.abort();
          return scores[epoch - 1];
        },
      });
    };
    const whole = await run('patient');
    expect(whole!.epochs).toBe(2);
    expect(whole!.parameters).toEqual(seen[2]);
    // No better score in epochs 3 and 4, so the fifth, which would have been, is not tried.
    expect(seen).toHaveLength(5);
    expect(await run('patient-cut', { stopAfter: 3 })).toBeNull();
    expect(await run('patient-cut', { resume: true })).toEqual(whole);
    // Resumed after its end, it has nothing to do.
    seen.length = 0;
    expect(await run('patient', { resume: true })).toEqual(whole);
    expect(seen).toEqual([]);
  });

  it('gives the same model whether it was interrupted or not, in one thread or two, and learns', async () => {
    const training = { model, optimiser: optimiserOf(experiment), batches, epochs: 3, seed: 1 };
    const losses: number[] = [];
    const run = (name: string, signal: AbortSignal, resume = false, threads = false) =>
      trainCnn(training, {
        threads,
        checkpointPath: join(root, name),
        resume,
        signal,
        validateEvery: 1,
        onProgress: ({ loss, step, steps, epoch }) => {
          if (name === 'whole' && step === steps) losses.push(loss);
          if (name === 'cut' && !resume && epoch === 2) stop.abort();
        },
      });
    const stop = new AbortController();
    const whole = await run('whole', new AbortController().signal);
    expect(await run('cut', stop.signal)).toBeNull();
    const resumed = await run('cut', new AbortController().signal, true);
    expect(resumed).toEqual(whole);
    expect(await run('threads', new AbortController().signal, false, true)).toEqual(whole);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
  });
});
