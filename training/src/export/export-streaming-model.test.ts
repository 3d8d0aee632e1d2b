import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Golden, loadModel, type ModelRuntime, type StreamingGoldenCase } from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { initialParameters } from '../models/initial-parameters.ts';
import { defaultModelConfig, type StreamingModelConfig } from '../models/model-config.ts';
import * as ort from '../train/onnx-runtime.ts';
import { Predictor } from '../train/predictor.ts';
import { seededNormal, seededRandom } from '../train/seeded-random.ts';
import { sixClassDescription } from './six-class-description.ts';
import { writeModelFolder } from './write-model-folder.ts';

const config: StreamingModelConfig = defaultModelConfig;
const normal = seededNormal(seededRandom(21));
/** Biases that are not zero, so that one in the wrong place shows. */
const parameters = initialParameters(config, 2).map((value) => value + 0.02 * normal());
const F = config.inputSize;
const K = config.gruSize;

let folder: string;
let model: ModelRuntime;

async function open(path: string): Promise<ModelRuntime> {
  return await loadModel({
    ort,
    manifest: JSON.parse(await readFile(join(path, 'manifest.json'), 'utf8')),
    read: (name) => readFile(join(path, name)),
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-export-'));
  await writeModelFolder(folder, { parameters, config, description: sixClassDescription });
  model = await open(folder);
});

afterAll(async () => {
  await model.close();
  await rm(folder, { recursive: true, force: true });
});

interface Streamed {
  readonly values: number[];
  readonly attention: number[];
  readonly speech: number[];
}

/** Runs `rows` streams side by side in packets of `packet` frames; the results of each stream. */
async function stream(features: readonly Float32Array[], packet: number): Promise<Streamed[]> {
  const batch = features.length;
  const frames = features[0]!.length / F;
  const results = features.map(() => ({ values: [], attention: [], speech: [] }) as Streamed);
  let state: Float32Array = new Float32Array(batch * model.stateSize);
  for (let t = 0; t < frames; t += packet) {
    const length = Math.min(packet, frames - t);
    const input = new Float32Array(batch * length * F);
    for (const [row, x] of features.entries())
      input.set(x.subarray(t * F, (t + length) * F), row * length * F);
    const out = await model.step({ batch, frames: length, features: input, state });
    state = out.state;
    const steps = length / 4;
    for (const [row, result] of results.entries()) {
      result.values.push(...out.values.subarray(row * steps * K, (row + 1) * steps * K));
      result.attention.push(...out.attention.subarray(row * steps, (row + 1) * steps));
      result.speech.push(...out.speech.subarray(row * steps, (row + 1) * steps));
    }
  }
  return results;
}

/** Class logits of a whole clip as the recogniser pools them, here in plain float64. */
async function clipLogits({ values, attention }: Streamed): Promise<Float32Array> {
  const weights = attention.map(Math.exp);
  const total = weights.reduce((a, b) => a + b, 0);
  const pooled = new Float32Array(2 * K);
  for (let k = 0; k < K; k++) {
    let mean = 0;
    let power = 0;
    for (const [t, w] of weights.entries()) {
      mean += (w / total) * values[t * K + k]!;
      power += (w / total) * values[t * K + k]! ** 2;
    }
    pooled[k] = mean;
    pooled[K + k] = Math.sqrt(Math.max(power - mean * mean, 0) + 1e-5);
  }
  return await model.head(pooled, 1);
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

describe('the exported model', () => {
  const frames = 240;
  const clips = [0, 1, 2].map(() => Float32Array.from({ length: frames * F }, normal));

  for (const packet of [4, 8, 40, 100, frames]) {
    it(`in packets of ${packet} frames gives what the training graph gives on the whole clip`, async () => {
      const predictor = new Predictor(config);
      const streams = await stream(clips, packet);
      for (const [row, features] of clips.entries()) {
        const poolMask = new Float32Array(frames / 4);
        const expected = await predictor.predict(parameters, { rows: 1, frames, features, poolMask });
        const found = streams[row]!;
        expect(largestDifference(found.values, expected.values)).toBeLessThan(1e-4);
        expect(largestDifference(found.attention, expected.attention)).toBeLessThan(1e-4);
        expect(largestDifference(found.speech, expected.speech)).toBeLessThan(1e-4);
        expect(largestDifference(await clipLogits(found), expected.logits)).toBeLessThan(1e-4);
      }
      await predictor.close();
    });
  }

  it('gives what its golden outputs say', async () => {
    const golden = JSON.parse(
      await readFile(join(folder, 'golden.json'), 'utf8'),
    ) as Golden<StreamingGoldenCase>;
    expect(golden.cases.map((c) => c.frames)).toEqual([8, 40]);
    for (const expected of golden.cases) {
      const [found] = await stream([Float32Array.from(expected.features)], 4);
      expect(largestDifference(found!.attention, expected.attention)).toBeLessThan(golden.tolerance);
      expect(largestDifference(found!.speech, expected.speech)).toBeLessThan(golden.tolerance);
      expect(largestDifference(found!.values.slice(-K), expected.lastValues)).toBeLessThan(golden.tolerance);
      expect(largestDifference(await clipLogits(found!), expected.logits)).toBeLessThan(golden.tolerance);
    }
  });

  it('carries as much state as its manifest says', () => {
    expect(model.manifest).toMatchObject({ stateSize: 2624, valueSize: 128, stepFrames: 4, inputSize: 67 });
  });

  it('exports other sizes too', async () => {
    const wide = {
      ...config,
      channels: [16, 24],
      convFeatureSize: 40,
      pitchSize: 8,
      gruSize: 48,
      classes: 6,
    };
    const path = join(folder, 'wide');
    await writeModelFolder(path, {
      parameters: initialParameters(wide, 3),
      config: wide,
      description: sixClassDescription,
    });
    const other = await open(path);
    expect(other.valueSize).toBe(48);
    await other.close();
  });
});

describe('writeModelFolder', () => {
  it('leaves the five files and nothing else', async () => {
    const names = (await readdir(folder)).filter((name) => name !== 'wide');
    expect(names.sort()).toEqual(['adapt.onnx', 'golden.json', 'head.onnx', 'manifest.json', 'step.onnx']);
  });

  it('writes the same bytes for the same parameters', async () => {
    const again = join(folder, 'again');
    await writeModelFolder(again, { parameters, config, description: sixClassDescription });
    for (const name of ['step.onnx', 'head.onnx', 'adapt.onnx', 'golden.json', 'manifest.json']) {
      expect(await readFile(join(again, name))).toEqual(await readFile(join(folder, name)));
    }
    await rm(again, { recursive: true });
  });

  it('refuses labels that are not one for each class, and parameters that are not finite', async () => {
    const description = { ...sixClassDescription, labels: ['happy', 'sad'] };
    const path = join(folder, 'refused');
    await expect(writeModelFolder(path, { parameters, config, description })).rejects.toMatchObject({
      code: 'bad_manifest',
    });
    const broken = parameters.with(7, Number.NaN);
    await expect(
      writeModelFolder(path, { parameters: broken, config, description: sixClassDescription }),
    ).rejects.toThrow('finite');
    await expect(readdir(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
