/** A page under the strict policy whose global `capture` is the capture module of the browser build. */
import { webFolder } from './build-sdk.ts';
import { type StaticServer, type StaticServerOptions, serveStatic } from './static-server.ts';

declare global {
  /** Of the page. */
  var capture: typeof import('@undertone/client-sdk/browser');
}

export interface CapturePages extends StaticServer {
  readonly url: string;
}

export async function serveCapture(options: StaticServerOptions = {}): Promise<CapturePages> {
  const server = await serveStatic({
    ...options,
    folders: { '/capture/': webFolder, ...options.folders },
    pages: {
      '/page':
        '<!doctype html><title>capture</title><button>start</button><script type="module" src="boot.js"></script>',
      '/boot.js': 'import * as capture from "./capture/capture.js"; globalThis.capture = capture;',
      '/favicon.ico': '',
      ...options.pages,
    },
  });
  return { ...server, url: `${server.origin}/page` };
}
