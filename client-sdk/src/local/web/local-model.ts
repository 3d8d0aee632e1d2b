/** A model in a Web Worker, to be shared by any number of streams. */
import { type Manifest, UndertoneError } from '@undertone/core';
import type { LoadedModel } from '../../client/local-options.ts';
import { abortedError, throwIfAborted } from './aborted-load.ts';
import { assetUrls, localAssets } from './asset-urls.ts';
import { startWorker } from './start-worker.ts';
import type { WorkerHost } from './worker-host.ts';

export interface LocalModelOptions {
  /** `default` or `int8`, which ship, or the URL of a model folder. Default `default`. */
  readonly model?: string;
  /** Folder with the worker, ONNX Runtime and the models that ship. Default: beside this package's modules. */
  readonly assetBase?: string | URL;
}

export class LocalModel implements LoadedModel {
  readonly manifest: Manifest;
  /** @internal for the streams of this package */
  readonly host: WorkerHost;

  private constructor(manifest: Manifest, host: WorkerHost) {
    this.manifest = manifest;
    this.host = host;
  }

  /**
   * Starts a worker that loads ONNX Runtime and the model: from the browser's cache where they have been loaded before.
   * @throws UndertoneError `asset_not_found`, `refused_by_page`, `unsupported_platform`, `bad_manifest`, `model_mismatch`,
   * `bad_parameter`, `aborted`
   */
  static async load(options: LocalModelOptions = {}, signal?: AbortSignal): Promise<LocalModel> {
    const urls = assetUrls(options.assetBase);
    const assets = localAssets(urls, options.model ?? 'default');
    throwIfAborted(signal);
    const host = await startWorker(urls.worker, signal);
    const onAbort = (): void => host.end(abortedError(signal));
    signal?.addEventListener('abort', onAbort);
    try {
      throwIfAborted(signal);
      const { manifest } = await host.request({ type: 'load', assets });
      return new LocalModel(manifest!, host);
    } catch (error) {
      host.end(error instanceof UndertoneError ? error : closedError());
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the worker, and all streams that still use it with `going_away`. Idempotent. */
  async close(): Promise<void> {
    this.host.end(closedError());
  }
}

function closedError(): UndertoneError {
  return new UndertoneError('going_away', 'Expected the model to stay open while it is used; it was closed.');
}
