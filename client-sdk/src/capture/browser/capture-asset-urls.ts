/**
 * Where the module of the audio thread is. Bundlers find it by the form `new URL('literal', import.meta.url)` and copy it
 * as it is; `no-inline` keeps Vite from making a data: URL of so small a file, which strict policies refuse. The browser
 * bundle has it beside itself: there `../../web/` becomes `./` (scripts/build-browser.mjs).
 */
import { UndertoneError } from '@undertone/core';

export interface CaptureAssetOptions {
  /** URL of the folder with the files of `npx undertone assets`. Default: where the bundler put them. */
  readonly assetBase?: string | URL;
  /** URL of `capture-worklet.js` itself, where it lies elsewhere. */
  readonly workletUrl?: string | URL;
}

/** @throws UndertoneError `bad_parameter` for what is no URL */
export function captureWorkletUrl({ assetBase, workletUrl }: CaptureAssetOptions): URL {
  if (workletUrl !== undefined) return toUrl('workletUrl', workletUrl);
  if (assetBase === undefined) return new URL('../../web/capture-worklet.js?no-inline', import.meta.url);
  const base = toUrl('assetBase', assetBase);
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return new URL('capture-worklet.js', base);
}

/** Relative to the page, as links are. */
function toUrl(option: string, value: string | URL): URL {
  try {
    return new URL(value, globalThis.document?.baseURI);
  } catch (cause) {
    throw new UndertoneError('bad_parameter', `Expected ${option} to be a URL; got "${value}".`, { cause });
  }
}
