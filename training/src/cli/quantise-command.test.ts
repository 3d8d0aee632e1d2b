import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { validateManifest } from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import { quantiseModel } from '../export/quantise-model.ts';
import { sixClassDescription } from '../export/six-class-description.ts';
import { verifyModel } from '../export/verify-model.ts';
import { writeModelFolder } from '../export/write-model-folder.ts';
import { initialParameters } from '../models/initial-parameters.ts';
import { defaultModelConfig } from '../models/model-config.ts';
import { ProgressLine } from '../report/progress-line.ts';
import type { Output } from './output.ts';
import { quantiseCommand } from './quantise-command.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-quantise-'));
const from = join(root, 'model');
const printed: string[] = [];
const output: Output = {
  print: (text) => printed.push(text),
  progress: new ProgressLine({ write: () => {} }),
  signal: new AbortController().signal,
};
const options = { cache: join(root, 'cache'), seed: '1', threads: '0' };

beforeAll(async () => {
  writeSyntheticCremaD(join(root, 'corpus'), 2);
  const parameters = initialParameters(defaultModelConfig, 3).map((x) => 1.5 * x);
  await writeModelFolder(from, { parameters, config: defaultModelConfig, description: sixClassDescription });
});
afterAll(() => rmSync(root, { recursive: true }));

describe('undertone-train quantise', () => {
  it('writes a model that fits its manifest and its golden outputs, and says what it cost', async () => {
    const out = join(root, 'int8');
    await quantiseCommand(from, { ...options, out, evaluate: [join(root, 'corpus')], json: true }, output);
    const result = JSON.parse(printed.at(-1)!);
    const sizes = ['step', 'head', 'adapt'].map((name) => statSync(join(out, `${name}.onnx`)).size);
    expect(result.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(result.bytes).toBeLessThan(400_000);
    expect(result.comparison.map(({ name }: { name: string }) => name)).toEqual([
      'clean',
      'telephone',
      'noise-10dB',
      'babble-10dB',
    ]);
    for (const { changed, clips } of result.comparison) {
      expect(clips).toBe(12);
      expect(changed).toBeLessThan(0.3);
    }
    expect((await verifyModel(out)).ok).toBe(true);
    const manifest = validateManifest(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')));
    expect(manifest.name).toBe('undertone-cremad-int8');
    expect(manifest.training).toMatchObject({ weights: 'int8', quantisedFrom: 'undertone-cremad@0.1.0' });
    expect(manifest.metrics).toHaveProperty('uarByCondition.telephone');
    expect(readFileSync(join(out, 'MODEL_CARD.md'), 'utf8')).toContain('| babble-10dB | 12 |');
  });

  it('does not overwrite the model it is made of', async () => {
    await expect(quantiseCommand(from, { ...options, out: from }, output)).rejects.toThrow('another folder');
  });

  it('does not, called from code, overwrite the model either', async () => {
    await expect(quantiseModel(from, join(from, '..', 'model'))).rejects.toThrow('another folder');
    expect((await verifyModel(from)).ok).toBe(true);
  });

  it('names a manifest that is not JSON', async () => {
    const broken = join(root, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'manifest.json'), '{');
    await expect(quantiseModel(broken, join(root, 'never'))).rejects.toMatchObject({ code: 'bad_manifest' });
  });

  it('refuses a model whose weights are too few to gain from it', async () => {
    const config = {
      ...defaultModelConfig,
      channels: [2, 2, 2, 2],
      convFeatureSize: 2,
      pitchSize: 2,
      gruSize: 2,
    };
    const tiny = join(root, 'tiny');
    await writeModelFolder(tiny, {
      parameters: initialParameters(config, 1),
      config,
      description: sixClassDescription,
    });
    await expect(quantiseCommand(tiny, { ...options, out: join(root, 'x') }, output)).rejects.toMatchObject({
      code: 'bad_parameter',
    });
  });
});
