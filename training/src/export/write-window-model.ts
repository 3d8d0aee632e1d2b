/** Writes a model of windows as the product loads it: `model.onnx`, `golden.json`, and last `manifest.json`, which names it. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  featureHash,
  type Golden,
  goldenSchema,
  type Manifest,
  validateManifest,
  type WindowGoldenCase,
  type WindowsConfig,
} from '@undertone/core';
import { writeFileAtomically } from '../train/write-file-atomically.ts';
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
    files: { model: { path: 'model.onnx', sha256: createHash('sha256').update(model).digest('hex') } },
    inputSize: layout.inputSize,
    windowFrames: layout.windowFrames,
    hopFrames: layout.hopFrames,
    calibration: description.calibration,
    speech: description.speech,
    abstention: description.abstention,
    sentiment: description.sentiment,
    training: description.training,
    metrics: description.metrics,
  });
  const golden: Golden<WindowGoldenCase> = { schema: goldenSchema, tolerance, cases: content.golden };
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(join(folder, 'model.onnx'), model);
  await writeFileAtomically(join(folder, 'golden.json'), `${JSON.stringify(golden)}\n`);
  await writeFileAtomically(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

/** A golden case; outputs have the seven digits that a float32 holds. */
export function goldenCase(window: Float32Array, outputs: Float32Array): WindowGoldenCase {
  return { window: [...window], outputs: Array.from(outputs, (value) => Number(value.toPrecision(7))) };
}
