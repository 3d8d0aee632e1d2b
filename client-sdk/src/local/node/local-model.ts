/** A model folder opened in this process (Node), to be shared by any number of local recognisers. */
import { createHash } from 'node:crypto';
import {
  BatchScheduler,
  type HeadTrainer,
  loadModel,
  type Manifest,
  type ModelFiles,
  type ModelRuntime,
  type OrtLike,
  openHeadTrainer,
  UndertoneError,
} from '@undertone/core';
import type { LoadedModel } from '../../client/local-options.ts';
import { openModelFiles } from './model-files.ts';
import * as ort from './onnx-runtime.ts';

export class LocalModel implements LoadedModel {
  /** @internal */
  readonly scheduler: BatchScheduler;
  readonly #files: ModelFiles;
  /** Ends of the streams that use it. */
  readonly #streams = new Set<(error: UndertoneError) => void>();
  #isClosed = false;

  private constructor(files: ModelFiles, scheduler: BatchScheduler) {
    this.#files = files;
    this.scheduler = scheduler;
  }

  /**
   * @param model `default` or `int8`, which ship, or a folder with `manifest.json` and the files it names
   * @throws UndertoneError `file_not_found`, `bad_manifest`, `model_mismatch`
   */
  static async load(model = 'default'): Promise<LocalModel> {
    const read = await openModelFiles(model);
    const files: ModelFiles = {
      ort: ort as unknown as OrtLike,
      manifest: parseManifest(model, await read('manifest.json')),
      read,
      sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
    };
    return new LocalModel(files, new BatchScheduler(await loadModel(files)));
  }

  get manifest(): Manifest {
    return this.scheduler.model.manifest;
  }

  /** @internal */
  get runtime(): ModelRuntime {
    return this.scheduler.model;
  }

  /** @internal @throws UndertoneError `model_mismatch` for a model that cannot be adapted, `going_away` when it is closed */
  async openTrainer(): Promise<HeadTrainer> {
    if (this.#isClosed) throw closedError();
    return openHeadTrainer(this.#files);
  }

  /**
   * @internal A stream uses it from here on.
   * @param end called when the model is closed first
   * @returns a function to call when the stream is over
   * @throws UndertoneError `going_away` when it is closed
   */
  join(end: (error: UndertoneError) => void): () => void {
    if (this.#isClosed) throw closedError();
    this.#streams.add(end);
    return () => this.#streams.delete(end);
  }

  /** Ends all streams that still use it with `going_away`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const end of [...this.#streams]) end(closedError());
    await this.scheduler.close();
    await this.scheduler.model.close();
  }
}

function closedError(): UndertoneError {
  return new UndertoneError('going_away', 'Expected the model to stay open while it is used; it was closed.');
}

function parseManifest(model: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    const expected = `Expected the manifest.json of the model ${model} to be JSON`;
    throw new UndertoneError('bad_manifest', `${expected}; ${(cause as Error).message}.`, { cause });
  }
}
