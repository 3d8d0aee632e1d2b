/** What the local recogniser of a page loads: from where, how often, and what it says of what it does not get. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testModelFolder } from '../support/model.ts';
import { type LocalPage, openPage, recogniseInPage, servePlainPage } from './fixtures/local-page.ts';
import { webFolder } from './support/build-sdk.ts';
import { launchChromium } from './support/chromium.ts';
import { type StaticServer, type StaticServerOptions, strictPolicy } from './support/static-server.ts';

const second = new Int16Array(16_000);
const wasm = '/undertone/ort-wasm-simd-threaded.wasm';
const pack = '/undertone/models/default.bin';
const worker = '/undertone/local-worker.js';

let browser: Browser;
let page: Page;
let server: StaticServer;
beforeAll(async () => {
  browser = await launchChromium({ args: ['--host-resolver-rules=MAP insecure.example 127.0.0.1'] });
});
afterAll(() => browser?.close());
beforeEach(async () => {
  // A profile of its own: nothing is cached.
  page = await (await browser.newContext()).newPage();
});
afterEach(async () => {
  await page.context().close();
  await server?.close();
});

async function open(options: StaticServerOptions = {}): Promise<void> {
  server = await servePlainPage(options);
  await openPage(page, server.origin);
}

const timesAsked = (path: string): number => server.requests.filter((each) => each === path).length;

describe('cache', () => {
  it('fetches model and runtime once; the next page takes them from the cache', async () => {
    await open();
    expect((await recogniseInPage(page, second)).error).toBeNull();
    await openPage(page, server.origin);
    expect((await recogniseInPage(page, second)).error).toBeNull();
    expect([timesAsked(wasm), timesAsked(pack)]).toEqual([1, 1]);
  });

  it('fetches again what has been damaged in the cache', async () => {
    await open();
    await recogniseInPage(page, second);
    await page.evaluate(async () => {
      const cache = await caches.open('undertone-assets-1');
      for (const request of await cache.keys()) {
        const bytes = new Uint8Array(await (await cache.match(request))!.arrayBuffer());
        bytes[bytes.length >> 1]! ^= 1;
        await cache.put(request, new Response(bytes));
      }
    });
    expect((await recogniseInPage(page, second)).error).toBeNull();
    expect([timesAsked(wasm), timesAsked(pack)]).toEqual([2, 2]);
  });
});

describe('one worker', () => {
  it('serves all streams that are open together, and ends with the last', async () => {
    await open();
    await Promise.all([recogniseInPage(page, second), recogniseInPage(page, second)]);
    expect(timesAsked(worker)).toBe(1);
    await recogniseInPage(page, second);
    expect(timesAsked(worker)).toBe(2);
    await expect.poll(() => page.workers().length).toBe(0);
  });

  it('of a model that the page holds serves streams one after the other', async () => {
    await open();
    const found = await page.evaluate(async () => {
      const { undertone } = globalThis as unknown as LocalPage;
      const model = await undertone.LocalModel.load();
      const summaries: unknown[] = [];
      for (let i = 0; i < 2; i++) {
        const recognizer = new undertone.Recognizer({ mode: 'local', model });
        await recognizer.write(new Int16Array(16_000));
        summaries.push((await recognizer.close()).audio_s);
      }
      const last = new undertone.Recognizer({ mode: 'local', model });
      await last.opened;
      await model.close();
      const error = await last.close().catch((reason) => reason.code);
      return { summaries, error };
    });
    expect(found).toEqual({ summaries: [1, 1], error: 'going_away' });
    expect(timesAsked(worker)).toBe(1);
  });
});

describe('assets elsewhere', () => {
  it('are copied by undertone assets, and found by assetBase', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'undertone-assets-'));
    try {
      const bin = fileURLToPath(new URL('../../client-sdk/bin/undertone.js', import.meta.url));
      const printed = execFileSync(process.execPath, [bin, 'assets', folder], { encoding: 'utf8' });
      expect(printed).toMatch(/ local-worker\.js\n/);
      await open({ folders: { '/cdn/files/': folder } });
      expect((await recogniseInPage(page, second, { assetBase: '/cdn/files' })).error).toBeNull();
      expect(server.requests.filter((path) => path.startsWith('/cdn/files/'))).toHaveLength(3);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('a model folder of the page is loaded by its URL', async () => {
    await open({ folders: { '/models/mine/': testModelFolder() } });
    const { messages, error } = await recogniseInPage(page, second, { model: 'models/mine' });
    expect(error).toBeNull();
    expect(messages[0]).toMatchObject({ type: 'Begin' });
    expect(timesAsked(pack)).toBe(0);
  });
});

describe('what is missing is named', () => {
  it('a worker that is not there, with its URL, status and type', async () => {
    await open();
    const { error } = await recogniseInPage(page, second, { assetBase: '/nowhere/' });
    expect(error).toMatchObject({ code: 'asset_not_found' });
    expect(error!.message).toContain(`${server.origin}/nowhere/local-worker.js`);
    expect(error!.message).toMatch(/got 404 Not Found \(text\/plain\).*assetBase/);
  });

  it('a web page in the place of the runtime', async () => {
    await open();
    server.answer(wasm, (response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
    const { error } = await recogniseInPage(page, second);
    expect(error).toMatchObject({ code: 'asset_not_found' });
    expect(error!.message).toContain(`${server.origin}${wasm}; got 200 OK (text/html)`);
  });

  it('a model that is not there', async () => {
    await open();
    server.answer(pack, (response) => response.writeHead(403).end());
    const { error } = await recogniseInPage(page, second);
    expect(error).toMatchObject({
      code: 'asset_not_found',
      message: expect.stringContaining(`${pack}; got 403`),
    });
  });

  it('a model of another hash', async () => {
    await open();
    const bytes = readFileSync(join(webFolder, 'models/default.bin'));
    bytes[bytes.length >> 1]! ^= 1;
    server.answer(pack, (response) => response.end(bytes));
    const { error } = await recogniseInPage(page, second);
    expect(error).toMatchObject({
      code: 'model_mismatch',
      message: expect.stringMatching(/SHA-256 .*; found /),
    });
    // Mended: the page is not stuck with what it had.
    server.answer(pack, null);
    expect((await recogniseInPage(page, second)).error).toBeNull();
  });
});

describe('what the page refuses is told', () => {
  it.each([
    ['WebAssembly', strictPolicy.replace(" 'wasm-unsafe-eval'", ''), /'wasm-unsafe-eval' to script-src/],
    ['workers', strictPolicy.replace("worker-src 'self'", "worker-src 'none'"), /worker-src 'self'/],
  ])('%s', async (_, policy, message) => {
    await open({ policy });
    const { error } = await recogniseInPage(page, second);
    expect(error).toMatchObject({ code: 'refused_by_page', message: expect.stringMatching(message) });
  });

  it('a page that is not from a secure origin', async () => {
    server = await servePlainPage();
    await openPage(page, `http://insecure.example:${server.port}/`);
    const { error } = await recogniseInPage(page, second);
    expect(error).toMatchObject({
      code: 'unsupported_platform',
      message: expect.stringContaining('https:// or localhost'),
    });
  });
});

describe('a worker that breaks', () => {
  it('ends the stream with what it said', async () => {
    await open();
    const broken =
      "postMessage({ type: 'ready' }); addEventListener('message', () => { throw new Error('so be it'); });";
    server.answer(worker, (response) => response.setHeader('content-type', 'text/javascript').end(broken));
    const { error } = await recogniseInPage(page, second);
    expect(error).toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/it crashed: .*so be it/),
    });
  });

  it('as it starts, is told from one that is refused', async () => {
    await open();
    server.answer(worker, (response) =>
      response.setHeader('content-type', 'text/javascript').end('nowhere();'),
    );
    const { error } = await recogniseInPage(page, second);
    expect(error).toMatchObject({
      code: 'internal',
      message: expect.stringContaining('nowhere is not defined'),
    });
  });
});

it('an abort while the model loads ends the stream and the worker', async () => {
  await open();
  server.answer(wasm, () => {});
  const code = await page.evaluate(async () => {
    const { undertone } = globalThis as unknown as LocalPage;
    const abort = new AbortController();
    const recognizer = new undertone.Recognizer({ mode: 'local', signal: abort.signal });
    const ended = recognizer.start().catch((error) => error.code);
    setTimeout(() => abort.abort(), 200);
    return ended;
  });
  expect(code).toBe('aborted');
  await expect.poll(() => page.workers().length).toBe(0);
});
