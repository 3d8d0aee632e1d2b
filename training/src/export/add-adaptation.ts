/** Makes a streaming model that exists one that can be adapted to a voice: its networks stay as they are. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Golden, type StreamingManifest, UndertoneError, validateManifest } from '@undertone/core';
import { readManifest } from '../evaluate/model-folder.ts';
import { exportAdaptation } from './adapt-model.ts';
import { adaptationGolden } from './adaptation-golden.ts';
import { fileEntry, writeModelFiles } from './write-model-files.ts';

/**
 * Writes `adapt.onnx`, its golden outputs, and last the manifest that names it.
 * @throws UndertoneError `file_not_found`, `bad_manifest`; `model_mismatch` for a model of windows
 */
export async function addAdaptation(folder: string): Promise<StreamingManifest> {
  const before = validateManifest(await readManifest(folder));
  if (before.kind !== 'streaming') {
    throw new UndertoneError(
      'model_mismatch',
      `${folder}: expected a streaming model, whose head can be adapted; found one of kind "${before.kind}".`,
    );
  }
  const golden = await readGolden(join(folder, 'golden.json'));
  const { valueSize, labels } = before;
  const adapt = exportAdaptation(valueSize, labels.length);
  const { step, head } = before.files;
  const manifest = { ...before, files: { step, head, adapt: fileEntry('adapt.onnx', adapt) } };
  await writeModelFiles(folder, {
    networks: { 'adapt.onnx': adapt },
    golden: { ...golden, adaptation: adaptationGolden(valueSize, labels.length) },
    manifest,
  });
  return manifest;
}

async function readGolden(path: string): Promise<Golden> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Golden;
  } catch (cause) {
    throw new UndertoneError('bad_manifest', `Expected golden outputs at ${path}; found none that is JSON.`, {
      cause,
    });
  }
}
