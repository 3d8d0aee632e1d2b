/** Compresses what was built, so that the server does not have to: `x.js` also as `x.js.br` and `x.js.gz`. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const compressed = /\.(?:css|html|js|mjs|svg|wasm)$/;
/** Below that a packet holds it either way. */
const minBytes = 1024;
/** Beyond that the best quality takes many seconds for a few per cent. */
const brotliQuality = 8;

export function compress(): Plugin {
  let folder = '';
  return {
    name: 'compress',
    apply: 'build',
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!compressed.test(name)) continue;
        const path = resolve(folder, name);
        const content = readFileSync(path);
        if (content.length < minBytes) continue;
        const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality };
        writeFileSync(`${path}.br`, brotliCompressSync(content, { params }));
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 7 }));
      }
    },
  };
}
