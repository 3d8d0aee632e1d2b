/** A page without a bundler that has the whole SDK, as `window.undertone`, under the strict policy. */
import { fileURLToPath } from 'node:url';
import type * as sdk from '@undertone/client-sdk';
import type * as capture from '@undertone/client-sdk/browser';
import type { Browser, Page } from 'playwright-core';
import { webFolder } from './build-sdk.ts';
import { type ChromiumOptions, launchChromium } from './chromium.ts';
import { type StaticServer, type StaticServerOptions, serveStatic } from './static-server.ts';

declare global {
  interface Window {
    undertone: typeof sdk & typeof capture;
  }
}

const markup = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Undertone</title>
<script type="module" src="/page.js"></script></head><body></body></html>`;

const script = `import * as sdk from '/undertone/undertone.js';
import * as capture from '/undertone/capture.js';
window.undertone = { ...sdk, ...capture };`;

export interface SdkPage {
  readonly browser: Browser;
  readonly page: Page;
  readonly files: StaticServer;
  close(): Promise<void>;
}

/** Golden recordings are at `/wav/`. */
export function serveSdk(options: StaticServerOptions = {}): Promise<StaticServer> {
  const wav = fileURLToPath(new URL('../../golden/wav', import.meta.url));
  return serveStatic({
    ...options,
    folders: { '/undertone/': webFolder, '/wav/': wav, ...options.folders },
    pages: { '/': markup, '/page.js': script, ...options.pages },
  });
}

/** A tab with the SDK. */
export async function openPage(browser: Browser, files: StaticServer): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(files.origin);
  await page.waitForFunction(() => 'undertone' in window);
  return page;
}

/** A browser, its files and one tab. */
export async function openSdkPage(
  options: ChromiumOptions & Pick<StaticServerOptions, 'policy' | 'folders'> = {},
): Promise<SdkPage> {
  const { policy, folders = {} } = options;
  const files = await serveSdk({ folders, ...(policy === undefined ? {} : { policy }) });
  const browser = await launchChromium(options);
  return {
    browser,
    page: await openPage(browser, files),
    files,
    close: async () => {
      await browser.close();
      await files.close();
    },
  };
}
