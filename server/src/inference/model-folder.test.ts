import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModelRuntime } from '@undertone/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testModelFolder } from '../../../test/support/model.ts';
import { readModelFolder } from './model-folder.ts';
import { newNativeCalls } from './native-calls.ts';
import { openModel } from './open-model.ts';

const loadModelFolder = async (path: string): Promise<ModelRuntime> =>
  openModel(await readModelFolder(path), true, newNativeCalls());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undertone-model-'));
  cpSync(testModelFolder(), folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

// biome-ignore lint/suspicious/noExplicitAny: each test breaks the JSON in its own way
function edit(file: string, change: (json: any) => void): void {
  const json = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  change(json);
  writeFileSync(join(folder, file), JSON.stringify(json));
}

const refusal = (code: string, ...parts: string[]) => {
  const message = expect.stringMatching(new RegExp(parts.join('.*'), 's'));
  return expect.objectContaining({ code, message });
};

test('a model folder is opened and gives its golden outputs', async () => {
  const model = await loadModelFolder(folder);
  expect(model.manifest.labels.length).toBeGreaterThan(1);
  await model.close();
});

test('a file that is not there is named', async () => {
  rmSync(join(folder, 'head.onnx'));
  await expect(loadModelFolder(folder)).rejects.toThrowError(
    refusal('file_not_found', 'head\\.onnx', 'ENOENT'),
  );
  await expect(loadModelFolder(join(folder, 'none'))).rejects.toThrowError(
    refusal('file_not_found', 'manifest\\.json'),
  );
});

test('a manifest that is not JSON, or has a field missing, is bad_manifest', async () => {
  edit('manifest.json', (json) => {
    delete json.labels;
  });
  await expect(loadModelFolder(folder)).rejects.toThrowError(refusal('bad_manifest', 'labels'));
  writeFileSync(join(folder, 'manifest.json'), '{');
  await expect(loadModelFolder(folder)).rejects.toThrowError(
    refusal('bad_manifest', 'manifest\\.json', 'JSON'),
  );
});

test('a network that is not the one of the manifest is refused', async () => {
  const step = readFileSync(join(folder, 'step.onnx'));
  step[step.length - 1]! ^= 1;
  writeFileSync(join(folder, 'step.onnx'), step);
  await expect(loadModelFolder(folder)).rejects.toThrowError(
    refusal('model_mismatch', 'step\\.onnx', 'SHA-256'),
  );
});

test('a model trained on other features is refused with both hashes', async () => {
  edit('manifest.json', (json) => {
    json.featureHash = 'f'.repeat(64);
  });
  await expect(loadModelFolder(folder)).rejects.toThrowError(
    refusal('model_mismatch', 'f{64}', 'hash [0-9a-f]{64}'),
  );
});

test('a manifest with other shapes than its network is refused', async () => {
  edit('manifest.json', (json) => {
    json.stateSize += 1;
  });
  await expect(loadModelFolder(folder)).rejects.toThrowError(refusal('model_mismatch', 'Expected', 'found'));
});

test('other outputs than the golden ones are refused with the difference', async () => {
  edit('golden.json', (json) => {
    json.cases[1].logits[0] += 0.5;
  });
  await expect(loadModelFolder(folder)).rejects.toThrowError(
    refusal('model_mismatch', 'logits of golden case 1', 'a difference of 0\\.[45]'),
  );
  edit('golden.json', (json) => {
    json.schema = 'other/1';
  });
  await expect(loadModelFolder(folder)).rejects.toThrowError(
    refusal('bad_manifest', 'undertone\\.golden/1', 'other/1'),
  );
});

test('golden outputs that test nothing are refused', async () => {
  for (const cases of [[], [null], [7]]) {
    edit('golden.json', (json) => {
      json.cases = cases;
    });
    await expect(loadModelFolder(folder)).rejects.toThrowError(refusal('bad_manifest', 'golden\\.json'));
  }
});
