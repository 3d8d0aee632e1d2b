/** Opens a model folder that is in memory in ONNX Runtime; done in recognition threads. */
import { loadModel, type ModelRuntime, type OrtLike, selfTest } from '@undertone/core';
import { type ModelFolder, sha256 } from './model-folder.ts';
import { countingRuntime } from './native-calls.ts';
import * as ort from './onnx-runtime.ts';

/**
 * @param testOutputs whether it must give its golden outputs, which one thread has to see
 * @param calls where the thread counts its native calls
 * @throws UndertoneError `bad_manifest`, `model_mismatch`
 */
export async function openModel(
  { manifest, golden, files }: ModelFolder,
  testOutputs: boolean,
  calls: Int32Array,
): Promise<ModelRuntime> {
  const model = await loadModel({
    ort: countingRuntime(ort as unknown as OrtLike, calls),
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
