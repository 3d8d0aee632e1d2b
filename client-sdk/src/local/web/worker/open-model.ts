/** Loads ONNX Runtime and a model in the worker. */
import { loadModel, type ModelFiles, type OrtLike, openHeadTrainer, UndertoneError } from '@undertone/core';
import * as ort from 'onnxruntime-web/wasm';
import type { AdaptableModel } from '../../adaptation/adaptable-model.ts';
import type { LocalAssets } from '../worker-messages.ts';
import type { AssetStore } from './asset-store.ts';
import { expectWebAssembly } from './expect-web-assembly.ts';
import { readModelPack } from './model-pack.ts';

/** SHA-256 of the files that belong to this version. */
export interface ShippedHashes {
  readonly wasm: string;
  /** By name. */
  readonly models: Readonly<Record<string, string>>;
}

/**
 * @throws UndertoneError `asset_not_found`, `refused_by_page`, `unsupported_platform`, `bad_manifest`, `model_mismatch`
 */
export async function openModel(
  store: AssetStore,
  { wasmUrl, modelUrl, shipped }: LocalAssets,
  hashes: ShippedHashes,
): Promise<AdaptableModel> {
  expectWebAssembly();
  const [wasm, folder] = await Promise.all([
    store.read(wasmUrl, hashes.wasm),
    shipped === null ? readFolder(store, modelUrl) : readPack(store, modelUrl, hashes.models[shipped]),
  ]);
  const { env } = ort;
  // No thread and no worker of its own, so that the page needs no cross-origin isolation.
  env.wasm.numThreads = 1;
  env.wasm.proxy = false;
  env.wasm.wasmBinary = wasm;
  env.logLevel = 'error';
  const files: ModelFiles = {
    ort: ort as unknown as OrtLike,
    ...folder,
    sha256: (bytes) => store.sha256(bytes),
  };
  const runtime = await loadModel(files);
  // It has been compiled.
  delete env.wasm.wasmBinary;
  return { runtime, openTrainer: () => openHeadTrainer(files) };
}

interface ModelFolder {
  readonly manifest: unknown;
  readonly read: (name: string) => Uint8Array | Promise<Uint8Array>;
}

async function readPack(store: AssetStore, url: string, sha256: string | undefined): Promise<ModelFolder> {
  const files = readModelPack(await store.read(url, sha256 ?? null));
  const read = (name: string): Uint8Array => {
    const bytes = files.get(name);
    if (bytes) return bytes;
    throw new UndertoneError('model_mismatch', `Expected ${url} to hold ${name}; it does not.`);
  };
  return { manifest: parseManifest(url, read('manifest.json')), read };
}

/** The manifest is asked for each time; the files that it names are cached by their hashes. */
async function readFolder(store: AssetStore, url: string): Promise<ModelFolder> {
  const manifestUrl = new URL('manifest.json', url).href;
  const manifest = parseManifest(manifestUrl, await store.read(manifestUrl, null));
  return {
    manifest,
    read: (name) => store.read(new URL(name, url).href, hashOf(manifest, name)),
  };
}

/** As the manifest has it; `loadModel` has checked its shape when it asks for a file. */
function hashOf(manifest: unknown, name: string): string | null {
  const { files } = manifest as {
    readonly files: Readonly<Record<string, { path: string; sha256: string }>>;
  };
  return Object.values(files).find(({ path }) => path === name)?.sha256 ?? null;
}

function parseManifest(url: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new UndertoneError('bad_manifest', `Expected ${url} to be JSON; ${(cause as Error).message}.`, {
      cause,
    });
  }
}
