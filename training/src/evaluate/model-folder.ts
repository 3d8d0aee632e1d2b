/** Opens an exported model folder with ONNX Runtime, as the server does. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadModel, type ModelRuntime, type OrtLike, UndertoneError } from '@undertone/core';
import * as ort from '../train/onnx-runtime.ts';

/**
 * @param runtime in which the model runs; default ONNX Runtime for Node
 * @throws UndertoneError `file_not_found`, `bad_manifest`, `model_mismatch`
 */
export async function openModelFolder(
  folder: string,
  runtime: OrtLike = ort as unknown as OrtLike,
): Promise<ModelRuntime> {
  let manifest: unknown;
  try {
    manifest = JSON.parse((await read(folder, 'manifest.json')).toString('utf8'));
  } catch (cause) {
    if (cause instanceof UndertoneError) throw cause;
    throw new UndertoneError('bad_manifest', `${join(folder, 'manifest.json')} is not JSON.`, { cause });
  }
  return loadModel({
    ort: runtime,
    manifest,
    read: (name) => read(folder, name),
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  });
}

async function read(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read ${join(folder, name)}.`, { cause });
  }
}
