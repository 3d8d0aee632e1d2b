/** Reads a model folder and opens it in ONNX Runtime; refuses what does not fit before the server listens. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadModel, type ModelRuntime, type OrtLike, selfTest, UndertoneError } from '@undertone/core';
import * as ort from './onnx-runtime.ts';

/** As the configuration calls it. */
const shippedFolder = 'models/default';

/**
 * @param folder as configured; the default one is found beside the installation, any other from the working directory
 * @throws UndertoneError `file_not_found`, `bad_manifest`, `model_mismatch`
 */
export async function loadModelFolder(folder: string): Promise<ModelRuntime> {
  const path = folder === shippedFolder ? shippedModel() : resolve(folder);
  const json = await readJson(join(path, 'manifest.json'));
  const model = await loadModel({
    ort: ort as unknown as OrtLike,
    manifest: json,
    read: (name) => read(join(path, name)),
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  });
  try {
    await selfTest(model, await readJson(join(path, 'golden.json')));
  } catch (error) {
    await model.close();
    throw error;
  }
  return model;
}

function shippedModel(): string {
  return fileURLToPath(new URL('../../../models/default', import.meta.url));
}

async function read(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new UndertoneError('file_not_found', `Expected a readable file at ${path}; got ${reason}.`, {
      cause,
    });
  }
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await read(path);
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new UndertoneError('bad_manifest', `Expected ${path} to be JSON; ${(cause as Error).message}.`, {
      cause,
    });
  }
}
