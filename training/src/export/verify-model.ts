/**
 * Checks an exported model as its users will meet it: its files are those that the manifest names, this version of the
 * code computes its features, and both runtimes give its golden outputs.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  featureHash,
  type Golden,
  type GoldenDifferences,
  type Manifest,
  type ModelFile,
  selfTest,
  UndertoneError,
  validateManifest,
} from '@undertone/core';
import { openFolderTrainer, openModelFolder, readManifest } from '../evaluate/model-folder.ts';
import { checkAdaptation } from './adaptation-golden.ts';
import { type NamedRuntime, nodeRuntime, webRuntime } from './runtimes.ts';

export interface FileCheck {
  readonly path: string;
  /** Null when it cannot be read. */
  readonly bytes: number | null;
  readonly sha256: { readonly expected: string; readonly found: string | null };
  readonly ok: boolean;
}

export interface RuntimeCheck {
  readonly runtime: string;
  readonly version: string;
  readonly ok: boolean;
  /** Largest absolute difference from the golden outputs, by output; absent when something did not fit. */
  readonly differences?: GoldenDifferences;
  /** What did not fit. */
  readonly problem?: string;
}

export interface Verification {
  readonly model: string;
  readonly kind: Manifest['kind'];
  readonly ok: boolean;
  readonly files: readonly FileCheck[];
  readonly features: { readonly expected: string; readonly found: string; readonly ok: boolean };
  readonly golden: { readonly cases: number; readonly tolerance: number };
  readonly runtimes: readonly RuntimeCheck[];
}

/**
 * @throws UndertoneError `file_not_found` or `bad_manifest` when there is no manifest, or no golden outputs, to check by
 */
export async function verifyModel(folder: string): Promise<Verification> {
  const manifest = validateManifest(await readManifest(folder));
  const golden = await readJson(join(folder, 'golden.json'));
  const { cases, tolerance } = golden as { cases?: unknown; tolerance?: unknown };
  if (!Array.isArray(cases) || cases.length === 0 || typeof tolerance !== 'number') {
    throw new UndertoneError(
      'bad_manifest',
      `${join(folder, 'golden.json')}: expected a tolerance and at least one case.`,
    );
  }
  const named: ModelFile[] = Object.values<ModelFile>(manifest.files);
  const files = await Promise.all(named.map((file) => checkFile(folder, file)));
  const found = await featureHash(manifest.features);
  const features = { expected: manifest.featureHash, found, ok: found === manifest.featureHash };
  const runtimes: RuntimeCheck[] = [];
  for (const runtime of [await nodeRuntime(), await webRuntime()]) {
    runtimes.push(await checkRuntime(folder, golden, runtime));
  }
  return {
    model: `${manifest.name}@${manifest.version}`,
    kind: manifest.kind,
    ok: features.ok && [...files, ...runtimes].every(({ ok }) => ok),
    files,
    features,
    golden: { cases: cases.length, tolerance },
    runtimes,
  };
}

async function checkFile(folder: string, { path, sha256 }: ModelFile): Promise<FileCheck> {
  try {
    const bytes = await readFile(join(folder, path));
    const found = createHash('sha256').update(bytes).digest('hex');
    return { path, bytes: bytes.length, sha256: { expected: sha256, found }, ok: found === sha256 };
  } catch {
    return { path, bytes: null, sha256: { expected: sha256, found: null }, ok: false };
  }
}

async function checkRuntime(
  folder: string,
  golden: unknown,
  { name, version, ort }: NamedRuntime,
): Promise<RuntimeCheck> {
  try {
    const model = await openModelFolder(folder, ort);
    try {
      const differences = {
        ...(await selfTest(model, golden)),
        ...(await adaptationDifferences(folder, model.manifest, golden as Golden, ort)),
      };
      return { runtime: name, version, ok: true, differences };
    } finally {
      await model.close();
    }
  } catch (error) {
    if (!(error instanceof UndertoneError)) throw error;
    return { runtime: name, version, ok: false, problem: error.message };
  }
}

/** Nothing for a model that cannot be adapted. */
async function adaptationDifferences(
  folder: string,
  manifest: Manifest,
  { adaptation, tolerance }: Golden,
  ort: NamedRuntime['ort'],
): Promise<GoldenDifferences> {
  if (manifest.kind !== 'streaming' || !manifest.files.adapt) return {};
  const trainer = await openFolderTrainer(folder, ort);
  try {
    return await checkAdaptation(trainer, adaptation, tolerance);
  } finally {
    await trainer.close();
  }
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read ${path}.`, { cause });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UndertoneError('bad_manifest', `${path} is not JSON.`, { cause });
  }
}
