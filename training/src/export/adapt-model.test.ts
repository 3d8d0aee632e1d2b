import { mkdtempSync, rmSync } from 'node:fs';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { correctionSize, type HeadBatch, type HeadState, type Manifest } from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFolderTrainer } from '../evaluate/model-folder.ts';
import { initialParameters } from '../models/initial-parameters.ts';
import { defaultModelConfig } from '../models/model-config.ts';
import { exportAdaptation } from './adapt-model.ts';
import { addAdaptation } from './add-adaptation.ts';
import { nodeRuntime, webRuntime } from './runtimes.ts';
import { sixClassDescription } from './six-class-description.ts';
import { verifyModel } from './verify-model.ts';
import { writeModelFolder } from './write-model-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-adapt-'));
const folder = join(root, 'model');
let manifest: Manifest;

beforeAll(async () => {
  const parameters = initialParameters(defaultModelConfig, 3);
  manifest = await writeModelFolder(folder, {
    parameters,
    config: defaultModelConfig,
    description: sixClassDescription,
  });
});
afterAll(() => rmSync(root, { recursive: true }));

const valueSize = defaultModelConfig.gruSize;
const size = 2 * valueSize;
const zeros = (): HeadState => {
  const count = correctionSize({ manifest, valueSize });
  return { weights: new Float32Array(count), velocity: new Float32Array(count) };
};
/** Two clips of every class that no line separates without the first value. */
function batch(weight = 1 / 12): HeadBatch {
  const rows = 12;
  const targets = new Float32Array(rows * 6);
  const pooled = Float32Array.from({ length: rows * size }, (_, i) => Math.sin(i * 0.7));
  for (let n = 0; n < rows; n++) targets[n * 6 + (n % 6)] = weight;
  return { rows, pooled, logits: new Float32Array(rows * 6), targets };
}
const settings = { rate: 0.1, momentum: 0.9, decay: 0.05 };

describe('adapt.onnx', () => {
  it('lowers the loss step by step, in both runtimes alike, for any number of clips', async () => {
    const found: number[][] = [];
    for (const { ort } of [await nodeRuntime(), await webRuntime()]) {
      const trainer = await openFolderTrainer(folder, ort);
      const losses: number[] = [];
      let state = zeros();
      for (let step = 0; step < 20; step++) {
        const out = await trainer.step(batch(), state, settings);
        losses.push(out.loss);
        state = out.state;
      }
      await trainer.close();
      found.push(losses);
      expect(losses[0]).toBeCloseTo(Math.log(6), 5);
      expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!);
    }
    for (const [i, loss] of found[0]!.entries()) expect(found[1]![i]).toBeCloseTo(loss, 5);
  });

  it('pulls weights back to the shipped head, and leaves out a class whose logits are far down', async () => {
    const trainer = await openFolderTrainer(folder);
    const start = zeros();
    start.weights.fill(1);
    const none = batch(0);
    const { state } = await trainer.step(none, start, { rate: 0.5, momentum: 0, decay: 0.5 });
    for (const weight of state.weights) expect(weight).toBe(0.75);
    const without = batch();
    for (let n = 0; n < 12; n++) {
      without.logits[n * 6] = -1e4;
      without.targets[n * 6] = 0;
    }
    const after = await trainer.step(without, zeros(), settings);
    expect(Number.isFinite(after.loss)).toBe(true);
    const ofFirst = after.state.weights.filter((_, i) => i % 6 === 0);
    expect(ofFirst.every((weight) => weight === 0)).toBe(true);
    expect(after.state.weights.some((weight) => weight !== 0)).toBe(true);
    await trainer.close();
  });

  it('holds no weights of the model: it is small, and the same for every model of these sizes', () => {
    expect(exportAdaptation(128, 6)).toEqual(exportAdaptation(128, 6));
    expect(exportAdaptation(128, 6).length).toBeLessThan(4000);
  });
});

describe('addAdaptation', () => {
  it('makes a model adaptable without touching its networks', async () => {
    const old = join(root, 'old');
    await cp(folder, old, { recursive: true });
    await rm(join(old, 'adapt.onnx'));
    const { adapt: _, ...files } = manifest.files as Record<string, unknown>;
    await writeFile(join(old, 'manifest.json'), JSON.stringify({ ...manifest, files }));
    const { adaptation: __, ...golden } = JSON.parse(await readFile(join(old, 'golden.json'), 'utf8'));
    await writeFile(join(old, 'golden.json'), JSON.stringify(golden));
    await expect(openFolderTrainer(old)).rejects.toMatchObject({
      code: 'model_mismatch',
      message: expect.stringContaining('undertone-train adaptable'),
    });
    expect((await verifyModel(old)).ok).toBe(true);
    await addAdaptation(old);
    for (const name of ['step.onnx', 'head.onnx', 'adapt.onnx', 'golden.json', 'manifest.json']) {
      expect(await readFile(join(old, name)), name).toEqual(await readFile(join(folder, name)));
    }
    expect((await verifyModel(old)).ok).toBe(true);
  });

  it('refuses a folder that is no streaming model', async () => {
    await expect(addAdaptation(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'file_not_found' });
  });
});
