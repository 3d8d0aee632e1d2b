/**
 * Binds a model folder to ONNX Runtime. The runtime is an argument (`onnxruntime-node` or `onnxruntime-web`), known
 * here only by the structure it must have. A model that does not fit its manifest, or was trained on other features
 * than this code computes, is refused before it hears anything.
 */
import { UndertoneError } from '../errors.ts';
import { featureHash } from '../features/feature-hash.ts';
import { SignalKernel } from '../features/signal-path.ts';
import type { Manifest, ModelFile } from './manifest.ts';
import type { ModelRuntime } from './model-runtime.ts';
import { mismatch, type OrtLike } from './onnx-session.ts';
import { openStreamingModel } from './streaming-model.ts';
import { validateManifest } from './validate-manifest.ts';
import { openWindowModel } from './window-model.ts';

export interface ModelFiles {
  readonly ort: OrtLike;
  /** Parsed `manifest.json`. */
  readonly manifest: unknown;
  /** Bytes of a file beside the manifest. */
  readonly read: (path: string) => Promise<Uint8Array> | Uint8Array;
  /** SHA-256 in lower-case hex. */
  readonly sha256: (bytes: Uint8Array) => Promise<string> | string;
}

/**
 * Opens a model of any kind.
 * @throws UndertoneError `bad_manifest` for a manifest of the wrong shape, `model_mismatch` when files, feature
 * code and manifest do not fit together; and what `read` throws
 */
export async function loadModel(files: ModelFiles): Promise<ModelRuntime> {
  const manifest = validateManifest(files.manifest);
  const hash = await featureHash(manifest.features);
  if (hash !== manifest.featureHash) {
    mismatch(`the feature code to have hash ${manifest.featureHash}`, `hash ${hash}; train the model again`);
  }
  checkFeatures(manifest);
  if (manifest.kind === 'streaming') {
    return openStreamingModel(files.ort, manifest, {
      step: await readChecked(files, manifest.files.step),
      head: await readChecked(files, manifest.files.head),
    });
  }
  return openWindowModel(files.ort, manifest, await readChecked(files, manifest.files.model));
}

/** Each number in range does not make a configuration that can be computed: found now, not by the first stream. */
function checkFeatures({ features }: Manifest): void {
  try {
    new SignalKernel(features);
  } catch (cause) {
    if (!(cause instanceof UndertoneError) || cause.code !== 'bad_parameter') throw cause;
    mismatch('a feature configuration that can be computed', cause.message, cause);
  }
}

/** @throws UndertoneError `model_mismatch` for another file than the manifest's, and what `read` throws */
export async function readChecked(files: ModelFiles, { path, sha256 }: ModelFile): Promise<Uint8Array> {
  const bytes = await files.read(path);
  const found = await files.sha256(bytes);
  if (found !== sha256) mismatch(`${path} with SHA-256 ${sha256}`, found);
  return bytes;
}
