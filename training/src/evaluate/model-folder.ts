/** Opens an exported model folder with ONNX Runtime, as the server does. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type HeadTrainer,
  loadModel,
  type ModelFiles,
  type ModelRuntime,
  type OrtLike,
  openHeadTrainer,
  UndertoneError,
} from '@undertone/core';
import * as ort from '../train/onnx-runtime.ts';

/**
 * @param runtime in which the model runs; default ONNX Runtime for Node
 * @throws UndertoneError `file_not_found`, `bad_manifest`, `model_mismatch`
 */
export async function openModelFolder(
  folder: string,
  runtime: OrtLike = ort as unknown as OrtLike,
): Promise<ModelRuntime> {
  return loadModel(await filesOf(folder, runtime));
}

/**
 * The network of a model folder that fits its head to a voice.
 * @throws UndertoneError `file_not_found`, `bad_manifest`, `model_mismatch`
 */
export async function openFolderTrainer(
  folder: string,
  runtime: OrtLike = ort as unknown as OrtLike,
): Promise<HeadTrainer> {
  return openHeadTrainer(await filesOf(folder, runtime));
}

async function filesOf(folder: string, ort: OrtLike): Promise<ModelFiles> {
  return {
    ort,
    manifest: await readManifest(folder),
    read: (name) => read(folder, name),
    sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  };
}

/**
 * What a model folder's manifest holds, not yet validated.
 * @throws UndertoneError `file_not_found` saying what is there instead, `bad_manifest`
 */
export async function readManifest(folder: string): Promise<unknown> {
  const path = join(folder, 'manifest.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UndertoneError('file_not_found', `${folder} is no model folder: ${await instead(folder)}.`, {
      cause,
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UndertoneError('bad_manifest', `${path} is not JSON.`, { cause });
  }
}

const namesShown = 4;

async function instead(folder: string): Promise<string> {
  try {
    if (!(await stat(folder)).isDirectory()) return 'expected a folder with a manifest.json, found a file';
    const names = (await readdir(folder)).sort();
    const more = names.length > namesShown ? ` and ${names.length - namesShown} more` : '';
    const found = names.length > 0 ? `${names.slice(0, namesShown).join(', ')}${more}` : 'nothing';
    return names.includes('manifest.json')
      ? 'its manifest.json cannot be read'
      : `expected a manifest.json in it, found ${found}`;
  } catch {
    return 'expected a folder with a manifest.json, found nothing there';
  }
}

async function read(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read ${join(folder, name)}.`, { cause });
  }
}
