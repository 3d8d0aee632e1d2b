/** Whether WebAssembly runs here, before anything is downloaded for it. */
import { UndertoneError } from '@undertone/core';

/** The empty module. */
const emptyModule = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
/** A function that returns `i8x16.splat(0)`: WebAssembly 2.0, 6.5.10. */
const simdModule = Uint8Array.of(
  ...emptyModule,
  ...[1, 5, 1, 0x60, 0, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, 8, 1, 6, 0, 0x41, 0, 0xfd, 0x0f, 0x0b],
);

/**
 * @throws UndertoneError `unsupported_platform` without WebAssembly or its SIMD instructions; `refused_by_page` where the
 * page's Content Security Policy forbids it
 */
export function expectWebAssembly(): void {
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(simdModule)) {
    const message =
      'Expected a browser with WebAssembly SIMD (Chromium 91, Firefox 89, Safari 16.4 or later).';
    throw new UndertoneError('unsupported_platform', message);
  }
  try {
    new WebAssembly.Module(emptyModule);
  } catch (cause) {
    const expected =
      'Expected the Content-Security-Policy of the page and of local-worker.js to allow WebAssembly';
    const message = `${expected}; add 'wasm-unsafe-eval' to script-src (${(cause as Error).message}).`;
    throw new UndertoneError('refused_by_page', message, { cause });
  }
}
