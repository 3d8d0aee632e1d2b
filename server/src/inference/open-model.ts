/** Opens a model folder that is in memory in ONNX Runtime; done in recognition threads. */
import { loadModel, type ModelRuntime, type OrtLike, selfTest } from '@undertone/core';
import { type ModelFolder, sha256 } from './model-folder.ts';
import * as ort from './onnx-runtime.ts';

/**
 * @param testOutputs whether it must give its golden outputs, which one thread has to see
 * @throws UndertoneError `bad_manifest`, `model_mismatch`
 */
export async function openModel(
  { manifest, golden, files }: ModelFolder,
  testOutputs: boolean,
): Promise<ModelRuntime> {
  const model = await loadModel({
    ort: ort as unknown as OrtLike,
    manifest,
    read: (name) => files[name]!,
    sha256,
  });
  if (!testOutputs) return model;
  try {
    await selfTest(model, golden);
  } catch (error) {
    await model.close();
    throw error;
  }
  return model;
}
