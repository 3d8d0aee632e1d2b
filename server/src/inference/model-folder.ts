/** Reads a model folder into memory, once for all threads, and refuses what is no model folder. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Manifest, UndertoneError, validateManifest } from '@undertone/core';

/** A model folder in memory. */
export interface ModelFolder {
  readonly manifest: Manifest;
  /** Parsed `golden.json`. */
  readonly golden: unknown;
  /** Bytes of the networks, by path. */
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** As the configuration calls it. */
const shippedFolder = 'models/default';

/**
 * @param folder as configured; the default one is found beside the installation, any other from the working directory
 * @throws UndertoneError `file_not_found`, `bad_manifest`
 */
export async function readModelFolder(folder: string): Promise<ModelFolder> {
  const path = folder === shippedFolder ? shippedModel() : resolve(folder);
  const manifest = validateManifest(await readJson(join(path, 'manifest.json')));
  const files: Record<string, Uint8Array> = {};
  for (const file of Object.values(manifest.files)) files[file.path] = await read(join(path, file.path));
  return { manifest, golden: await readJson(join(path, 'golden.json')), files };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
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
