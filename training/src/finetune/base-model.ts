/** A streaming model that is to be adapted: its manifest and its weights. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type StreamingManifest, UndertoneError } from '@undertone/core';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { readExportedModel, type TrainableModel } from '../models/read-exported-model.ts';

export interface BaseModel extends TrainableModel {
  readonly folder: string;
  readonly manifest: StreamingManifest;
  /** Of `step.onnx`. */
  readonly sha256: string;
}

/** @throws UndertoneError `file_not_found`, `bad_manifest`, `model_mismatch` */
export async function readBaseModel(folder: string): Promise<BaseModel> {
  const runtime = await openModelFolder(folder);
  const { manifest } = runtime;
  await runtime.close();
  if (manifest.kind !== 'streaming') {
    throw new UndertoneError(
      'model_mismatch',
      `${folder}: expected a streaming model to tune, found one of kind "${manifest.kind}".`,
    );
  }
  const step = await readFile(join(folder, manifest.files.step.path));
  const head = await readFile(join(folder, manifest.files.head.path));
  return {
    ...readExportedModel(step, head, manifest.inputSize),
    folder,
    manifest,
    sha256: createHash('sha256').update(step).digest('hex'),
  };
}
