/** A page under the strict policy whose global `capture` is the capture module of the SDK, built from its source. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { type StaticServer, type StaticServerOptions, serveStatic } from './static-server.ts';

declare global {
  /** Of the page. */
  var capture: typeof import('@undertone/client-sdk/browser');
}

const source = fileURLToPath(new URL('../../../client-sdk/src', import.meta.url));

export interface CapturePages extends StaticServer {
  /** Of an empty page. */
  readonly url: string;
}

export async function serveCapture(options: StaticServerOptions = {}): Promise<CapturePages> {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-capture-'));
  await build(folder);
  const server = await serveStatic({
    ...options,
    folders: { '/capture/': folder, ...options.folders },
    pages: {
      '/page':
        '<!doctype html><title>capture</title><button>start</button><script type="module" src="boot.js"></script>',
      '/boot.js': 'import * as capture from "./capture/capture.js"; globalThis.capture = capture;',
      '/favicon.ico': '',
      ...options.pages,
    },
  });
  return {
    ...server,
    url: `${server.origin}/page`,
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function build(folder: string): Promise<void> {
  const bundle = await rolldown({
    input: {
      capture: join(source, 'browser/index.ts'),
      'capture-worklet': join(source, 'capture/browser/capture-worklet.ts'),
    },
    platform: 'browser',
    resolve: { conditionNames: ['browser', '@undertone/source', 'import', 'default'] },
    // As in the browser build: the files lie beside one another.
    plugins: [
      {
        name: 'assets-beside-modules',
        transform: (code, id) => (id.endsWith('asset-urls.ts') ? code.replaceAll('../../web/', './') : null),
      },
    ],
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: '[name].js' });
  await bundle.close();
}
