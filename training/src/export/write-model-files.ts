/** Writes the files of a model folder, whatever its kind. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Golden, Manifest, ModelFile } from '@undertone/core';
import { writeFileAtomically } from '../train/write-file-atomically.ts';
import type { ModelDescription } from './write-model-folder.ts';

export interface ModelFiles {
  /** ONNX by file name. */
  readonly networks: Readonly<Record<string, Uint8Array>>;
  readonly golden: Golden;
  /** Names the networks and their hashes, so it is written last. */
  readonly manifest: Manifest;
}

/** @param folder is made if missing; files of an older model in it are replaced one by one, each as a whole */
export async function writeModelFiles(
  folder: string,
  { networks, golden, manifest }: ModelFiles,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, network] of Object.entries(networks)) {
    await writeFileAtomically(join(folder, name), network);
  }
  await writeFileAtomically(join(folder, 'golden.json'), `${JSON.stringify(golden)}\n`);
  await writeFileAtomically(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** A network as the manifest names it. */
export function fileEntry(path: string, bytes: Uint8Array): ModelFile {
  return { path, sha256: sha256(bytes) };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The fields of a manifest that a description has as they are, behind those of the network. */
export function describedFields({
  calibration,
  speech,
  abstention,
  sentiment,
  training,
  metrics,
}: ModelDescription): Pick<
  ModelDescription,
  'calibration' | 'speech' | 'abstention' | 'sentiment' | 'training' | 'metrics'
> {
  return { calibration, speech, abstention, sentiment, training, metrics };
}
