/** Makes a model folder whose networks keep their weights as 8-bit integers. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type Golden,
  loadModel,
  type Manifest,
  type ModelFile,
  type OrtLike,
  UndertoneError,
  validateManifest,
} from '@undertone/core';
import * as ort from '../train/onnx-runtime.ts';
import { type QuantisedNetwork, quantiseNetwork } from './quantise-network.ts';
import { recordGolden } from './record-golden.ts';
import { fileEntry, sha256, writeModelFiles } from './write-model-files.ts';

export interface QuantisedFile {
  readonly path: string;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
}

export interface QuantisedModel {
  readonly manifest: Manifest;
  readonly files: readonly QuantisedFile[];
  /** Weights that are integers now. */
  readonly weights: number;
}

/**
 * @param to is made if missing; what is measured of the model before is not carried over
 * @param name of the new model; a server tells models apart by name and version
 * @throws UndertoneError `file_not_found`, `bad_manifest`; `bad_parameter` for a model without weights that integers would
 * make smaller (support vectors, trees), and for a folder quantised onto itself
 */
export async function quantiseModel(from: string, to: string, name?: string): Promise<QuantisedModel> {
  if (resolve(from) === resolve(to)) {
    throw new UndertoneError('bad_parameter', `Expected another folder than the model's own, ${to}.`);
  }
  const before = validateManifest(await readJson(from, 'manifest.json'));
  const golden = (await readJson(from, 'golden.json')) as Golden;
  const networks = new Map<string, QuantisedNetwork>();
  const files: QuantisedFile[] = [];
  for (const [key, { path }] of Object.entries(before.files as Record<string, ModelFile>)) {
    const bytes = await read(from, path);
    const network = quantiseNetwork(bytes);
    networks.set(key, network);
    files.push({ path, bytesBefore: bytes.length, bytesAfter: network.bytes.length });
  }
  const weights = [...networks.values()].flatMap((network) => network.weights);
  if (weights.length === 0) {
    throw new UndertoneError(
      'bad_parameter',
      `Expected a model with weights to round; ${before.name} (${before.kind}) has none.`,
    );
  }
  const describe = (of: (network: QuantisedNetwork) => Uint8Array): Manifest =>
    validateManifest({
      ...before,
      name: name ?? `${before.name}-int8`,
      files: Object.fromEntries(
        Object.entries(before.files as Record<string, ModelFile>).map(([key, { path }]) => [
          key,
          fileEntry(path, of(networks.get(key)!)),
        ]),
      ),
      training: { ...before.training, weights: 'int8', quantisedFrom: `${before.name}@${before.version}` },
      metrics: {},
    });
  const reference = await openInMemory(
    describe((network) => network.reference),
    networks,
  );
  let goldenAfter: Golden;
  try {
    goldenAfter = await recordGolden(reference, golden);
  } finally {
    await reference.close();
  }
  const manifest = describe((network) => network.bytes);
  const rounded = Object.entries(manifest.files as Record<string, ModelFile>).map(
    ([key, { path }]) => [path, networks.get(key)!.bytes] as const,
  );
  await writeModelFiles(to, { networks: Object.fromEntries(rounded), golden: goldenAfter, manifest });
  return {
    manifest,
    files,
    weights: weights.reduce((sum, { dims }) => sum + dims.reduce((product, size) => product * size, 1), 0),
  };
}

/** The networks with the rounded weights as floats: golden outputs must not come from the file they are to check. */
function openInMemory(
  manifest: Manifest,
  networks: ReadonlyMap<string, QuantisedNetwork>,
): ReturnType<typeof loadModel> {
  const byPath = new Map(
    Object.entries(manifest.files as Record<string, ModelFile>).map(([key, { path }]) => [
      path,
      networks.get(key)!.reference,
    ]),
  );
  return loadModel({
    ort: ort as unknown as OrtLike,
    manifest,
    read: (path) => byPath.get(path)!,
    sha256,
  });
}

async function readJson(folder: string, name: string): Promise<unknown> {
  const text = (await read(folder, name)).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UndertoneError('bad_manifest', `${join(folder, name)} is not JSON.`, { cause });
  }
}

async function read(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read ${join(folder, name)}.`, { cause });
  }
}
