/** The files of a model, wherever they are: in a folder, or of a model that ships in the one file that browsers load. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UndertoneError } from '@undertone/core';
import { readModelPack } from '../web/worker/model-pack.ts';

/** @throws UndertoneError `file_not_found` */
export type ReadModelFile = (name: string) => Promise<Uint8Array>;

const shippedModels: readonly string[] = ['default', 'int8'];

/** An installed package has its models in the one, the repository in the other. */
const packUrl = (name: string): URL => new URL(`../../web/models/${name}.bin`, import.meta.url);
const folderUrl = (name: string): URL => new URL(`../../../../models/${name}`, import.meta.url);

/**
 * @param model `default`, `int8` or a folder
 * @throws UndertoneError `file_not_found`, `model_mismatch`
 */
export async function openModelFiles(model: string): Promise<ReadModelFile> {
  if (!shippedModels.includes(model)) return folderReader(resolve(model));
  const folder = fileURLToPath(folderUrl(model));
  if (existsSync(join(folder, 'manifest.json'))) return folderReader(folder);
  const path = fileURLToPath(packUrl(model));
  const files = readModelPack(await readModelFile(path));
  return async (name) => files.get(name) ?? (await readModelFile(join(path, name)));
}

function folderReader(folder: string): ReadModelFile {
  return (name) => readModelFile(join(folder, name));
}

async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new UndertoneError('file_not_found', `Expected a model file at ${path}; got ${reason}.`, { cause });
  }
}
