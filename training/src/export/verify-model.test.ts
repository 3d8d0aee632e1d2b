import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdaptationGolden } from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { initialParameters } from '../models/initial-parameters.ts';
import { defaultModelConfig } from '../models/model-config.ts';
import { sixClassDescription } from './six-class-description.ts';
import { verifyModel } from './verify-model.ts';
import { writeModelFolder } from './write-model-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-verify-'));
const good = join(root, 'good');

beforeAll(async () => {
  const config = { ...defaultModelConfig, gruSize: 16 };
  const parameters = initialParameters(config, 5);
  await writeModelFolder(good, { parameters, config, description: sixClassDescription });
});
afterAll(() => rmSync(root, { recursive: true }));

/** A copy of the good model, with one file changed. */
function changed(name: string, file: string, change: (bytes: Buffer) => Buffer | string): string {
  const folder = join(root, name);
  cpSync(good, folder, { recursive: true });
  writeFileSync(join(folder, file), change(readFileSync(join(folder, file))));
  return folder;
}

describe('a model folder', () => {
  it('is told from a folder that is none, with what is in that', async () => {
    const recordings = join(root, 'recordings');
    mkdirSync(recordings);
    await expect(openModelFolder(recordings)).rejects.toThrow(
      `${recordings} is no model folder: expected a manifest.json in it, found nothing.`,
    );
    for (const name of ['a', 'b', 'c', 'd', 'e']) writeFileSync(join(recordings, `${name}.wav`), '');
    await expect(openModelFolder(recordings)).rejects.toThrow('found a.wav, b.wav, c.wav, d.wav and 1 more.');
    await expect(openModelFolder(join(good, 'step.onnx'))).rejects.toThrow('found a file.');
  });

  it('may have a comma in its path', async () => {
    const folder = join(root, 'tuned, second try');
    cpSync(good, folder, { recursive: true });
    expect((await verifyModel(folder)).ok).toBe(true);
  });
});

describe('verifyModel', () => {
  it('finds the golden outputs again in both runtimes', async () => {
    const { ok, kind, files, runtimes, golden } = await verifyModel(good);
    expect({ ok, kind, golden }).toEqual({
      ok: true,
      kind: 'streaming',
      golden: { cases: 2, tolerance: 1e-4 },
    });
    expect(files.map(({ path }) => path)).toEqual(['step.onnx', 'head.onnx', 'adapt.onnx']);
    expect(runtimes.map(({ runtime }) => runtime)).toEqual(['onnxruntime-node', 'onnxruntime-web']);
    for (const { differences } of runtimes) {
      expect(Object.keys(differences!)).toEqual([
        'attention',
        'speech',
        'lastValues',
        'logits',
        'adaptationLoss',
        'adaptedLogits',
      ]);
      for (const difference of Object.values(differences!)) expect(difference).toBeLessThan(1e-4);
    }
  });

  it('says by how much a network computes something else', async () => {
    const folder = changed('other', 'golden.json', (bytes) => {
      const golden = JSON.parse(bytes.toString());
      golden.cases[1].logits[0] += 0.25;
      return JSON.stringify(golden);
    });
    const { ok, files, runtimes } = await verifyModel(folder);
    expect(ok).toBe(false);
    expect(files.every((file) => file.ok)).toBe(true);
    for (const { problem } of runtimes) {
      expect(problem).toMatch(/logits of golden case 1 to within 0.0001; found a difference of 0.2(5|49)/);
    }
  });

  it('says by how much the adaptation computes something else, or that nothing tells what it should', async () => {
    const withGolden = (name: string, change: (adaptation: AdaptationGolden) => unknown): string =>
      changed(name, 'golden.json', (bytes) => {
        const golden = JSON.parse(bytes.toString());
        return JSON.stringify({ ...golden, adaptation: change(golden.adaptation) });
      });
    const cases = {
      'Expected adaptationLoss of the golden steps to within 0.0001': (golden: AdaptationGolden) => ({
        ...golden,
        losses: golden.losses.with(2, golden.losses[2]! + 0.001),
      }),
      'Expected adaptedLogits of the golden steps': (golden: AdaptationGolden) => ({
        ...golden,
        adaptedLogits: golden.adaptedLogits.with(0, golden.adaptedLogits[0]! + 0.001),
      }),
      'Expected golden.json to have steps of the adaptation': () => undefined,
      'that fit the model': (golden: AdaptationGolden) => ({ ...golden, rows: golden.rows + 1 }),
    };
    for (const [i, [problem, change]] of Object.entries(cases).entries()) {
      const { ok, runtimes } = await verifyModel(withGolden(`adaptation-${i}`, change));
      expect(ok).toBe(false);
      for (const each of runtimes) expect(each.problem).toContain(problem);
    }
  });

  it('notices a file that is not the one the manifest names', async () => {
    const { ok, files } = await verifyModel(
      changed('tampered', 'head.onnx', (bytes) => {
        bytes[bytes.length - 40]! ^= 1;
        return bytes;
      }),
    );
    expect(ok).toBe(false);
    expect(files.map((file) => file.ok)).toEqual([true, false, true]);
  });

  it('notices features that this code computes differently', async () => {
    const { ok, features } = await verifyModel(
      changed('features', 'manifest.json', (bytes) => {
        const manifest = JSON.parse(bytes.toString());
        manifest.featureHash = 'f'.repeat(64);
        return JSON.stringify(manifest);
      }),
    );
    expect([ok, features.ok]).toEqual([false, false]);
  });

  it('refuses a folder without anything to check by', async () => {
    const nowhere = join(root, 'nowhere');
    await expect(verifyModel(nowhere)).rejects.toThrow(
      `${nowhere} is no model folder: expected a folder with a manifest.json, found nothing there.`,
    );
    await expect(verifyModel(changed('empty', 'golden.json', () => '{"cases":[]}'))).rejects.toThrow(
      'at least one case',
    );
  });
});
