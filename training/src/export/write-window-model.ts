/** Writes a model of windows as the product loads it: `model.onnx`, `golden.json`, and last `manifest.json`, which names it. */
import {
  featureHash,
  type Golden,
  goldenSchema,
  type Manifest,
  validateManifest,
  type WindowGoldenCase,
  type WindowsConfig,
} from '@undertone/core';
import { describedFields, fileEntry, writeModelFiles } from './write-model-files.ts';
import type { ModelDescription } from './write-model-folder.ts';

export interface WindowModelContent {
  /** Kind, windows, and what is fed. */
  readonly layout: WindowsConfig;
  /** The network as ONNX. */
  readonly model: Uint8Array;
  /** Windows with what the trainer makes of them. */
  readonly golden: readonly WindowGoldenCase[];
  readonly description: ModelDescription;
}

/** Largest difference between trainer and runtime that rounding explains. */
const tolerance = 1e-4;

/**
 * @param folder is made if missing; files of an older model in it are replaced one by one, each as a whole
 * @throws UndertoneError `bad_manifest` when the description does not fit, before anything is written
 */
export async function writeWindowModel(folder: string, content: WindowModelContent): Promise<Manifest> {
  const { layout, model, description } = content;
  const manifest = validateManifest({
    schema: 'undertone.model/1',
    name: description.name,
    version: description.version,
    kind: layout.kind,
    labels: description.labels,
    features: layout.features,
    featureHash: await featureHash(layout.features),
    ...(layout.kind === 'frames' && { normalisation: layout.normalisation }),
    files: { model: fileEntry('model.onnx', model) },
    inputSize: layout.inputSize,
    windowFrames: layout.windowFrames,
    hopFrames: layout.hopFrames,
    ...describedFields(description),
  });
  const golden: Golden<WindowGoldenCase> = { schema: goldenSchema, tolerance, cases: content.golden };
  await writeModelFiles(folder, { networks: { 'model.onnx': model }, golden, manifest });
  return manifest;
}

/** A golden case; outputs have the seven digits that a float32 holds. */
export function goldenCase(window: Float32Array, outputs: Float32Array): WindowGoldenCase {
  return { window: [...window], outputs: Array.from(outputs, (value) => Number(value.toPrecision(7))) };
}
