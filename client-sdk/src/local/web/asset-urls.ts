/**
 * Where the files are that are no modules of the page: the worker, ONNX Runtime and the models. Bundlers find them by the
 * form `new URL('literal', import.meta.url)` and copy them as they are. The browser bundle has them beside itself: there
 * `../../web/` becomes `./` (scripts/build-browser.mjs).
 */
import { UndertoneError } from '@undertone/core';
import type { LocalAssets } from './worker-messages.ts';

export interface AssetUrls {
  readonly worker: URL;
  readonly wasm: URL;
  /** Models that ship, by name. */
  readonly models: Readonly<Record<string, URL>>;
}

/** @throws UndertoneError `bad_parameter` for a base that is no URL */
export function assetUrls(assetBase?: string | URL): AssetUrls {
  if (assetBase === undefined) {
    return {
      worker: new URL('../../web/local-worker.js', import.meta.url),
      wasm: new URL('../../web/ort-wasm-simd-threaded.wasm', import.meta.url),
      models: {
        default: new URL('../../web/models/default.bin', import.meta.url),
        int8: new URL('../../web/models/int8.bin', import.meta.url),
      },
    };
  }
  const base = folderUrl('assetBase', assetBase);
  return {
    worker: new URL('local-worker.js', base),
    wasm: new URL('ort-wasm-simd-threaded.wasm', base),
    models: {
      default: new URL('models/default.bin', base),
      int8: new URL('models/int8.bin', base),
    },
  };
}

/**
 * @param model name of a model that ships, or the URL of a model folder
 * @throws UndertoneError `bad_parameter`
 */
export function localAssets(urls: AssetUrls, model: string): LocalAssets {
  const shipped = Object.hasOwn(urls.models, model) ? model : null;
  const url = shipped === null ? folderUrl('model', model) : urls.models[shipped]!;
  return { wasmUrl: urls.wasm.href, modelUrl: url.href, shipped };
}

/** Relative to the page, as links are; with a slash at its end. */
function folderUrl(option: string, value: string | URL): URL {
  try {
    const url = new URL(value, globalThis.document?.baseURI ?? globalThis.location?.href);
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    return url;
  } catch (cause) {
    const expected = `Expected ${option} to be the URL of a folder`;
    throw new UndertoneError('bad_parameter', `${expected}; got "${value}".`, { cause });
  }
}
