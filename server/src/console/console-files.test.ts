import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConsoleFiles } from './console-files.ts';
import { pageHeaders } from './page-headers.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-console-'));
const root = join(folder, 'dist');
const code = 'export const one = 1;\n'.repeat(100);
const files: Readonly<Record<string, string | Buffer>> = {
  'index.html': '<!doctype html><title>Console</title>',
  'operator/index.html': '<!doctype html><title>Operators</title>',
  'assets/index-B1x9_k2Q.js': code,
  'assets/index-B1x9_k2Q.js.br': brotliCompressSync(code),
  'assets/index-B1x9_k2Q.js.gz': gzipSync(code),
  'assets/ort-wasm-simd-threaded.wasm': Buffer.from('\0asm'),
  'assets/worker.mjs': code,
  'assets/model.onnx': 'onnx',
  'assets/späth %41.svg': '<svg/>',
  '.vite/manifest.json': '{}',
};

let server: Server;
beforeAll(async () => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  symlinkSync(join(folder, 'secret.txt'), join(root, 'link.txt'));
  const page = ConsoleFiles.open(root)!;
  server = createServer((incoming, response) => {
    const path = (incoming.url ?? '/').split('?', 1)[0]!;
    if (!page.serve(incoming, response, path)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** With the path as it stands: `fetch` would tidy it up. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    request({ port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });
}

describe('the console', () => {
  test.each([
    ['/', 'text/html; charset=utf-8'],
    ['/?view=operator', 'text/html; charset=utf-8'],
    ['/operator/', 'text/html; charset=utf-8'],
    ['/assets/index-B1x9_k2Q.js', 'text/javascript; charset=utf-8'],
    ['/assets/worker.mjs', 'text/javascript; charset=utf-8'],
    ['/assets/ort-wasm-simd-threaded.wasm', 'application/wasm'],
    ['/assets/model.onnx', 'application/octet-stream'],
    ['/assets/sp%C3%A4th%20%2541.svg', 'image/svg+xml'],
  ])('answers %s with its type and what keeps a page safe', async (path, type) => {
    const { status, headers } = await ask(path);
    expect(status).toBe(200);
    expect(headers['content-type']).toBe(type);
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-(inline|eval(?<!wasm-unsafe-eval))/);
  });

  test.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..%5csecret.txt',
    '/link.txt',
    '/.vite/manifest.json',
    '/assets',
    '/assets/',
    '//index.html',
    '/index.html%00.js',
    '/%',
    '/INDEX.HTML/',
    '*',
  ])('does not serve %s', async (path) => {
    expect(await ask(path)).toMatchObject({ status: 404, body: Buffer.alloc(0) });
  });

  test('lets browsers keep what is named by its content for ever, and ask about the rest', async () => {
    const hashed = await ask('/assets/index-B1x9_k2Q.js');
    expect(hashed.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    for (const path of ['/', '/assets/ort-wasm-simd-threaded.wasm', '/assets/model.onnx']) {
      const { headers } = await ask(path);
      expect(headers['cache-control']).toBe('public, max-age=0');
      const again = await ask(path, { 'If-None-Match': headers.etag! });
      expect([again.status, again.body.length]).toEqual([304, 0]);
    }
  });

  test('sends what was compressed when it was built to those that take it', async () => {
    const path = '/assets/index-B1x9_k2Q.js';
    const type = 'text/javascript; charset=utf-8';
    const brotli = await ask(path, { 'Accept-Encoding': 'gzip, deflate, br' });
    expect(brotli.headers).toMatchObject({
      'content-encoding': 'br',
      vary: 'Accept-Encoding',
      'content-type': type,
    });
    expect(brotliDecompressSync(brotli.body).toString()).toBe(code);
    const gzip = await ask(path, { 'Accept-Encoding': 'br;q=0, GZIP;q=0.5' });
    expect(gzip.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-type': type });
    expect(gunzipSync(gzip.body).toString()).toBe(code);
    const plain = await ask(path, { 'Accept-Encoding': 'identity' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.headers.vary).toBe('Accept-Encoding');
    expect(plain.body.toString()).toBe(code);
    expect(new Set([brotli, gzip, plain].map(({ headers }) => headers.etag)).size).toBe(3);
  });

  test('answers HEAD without a body, and ranges, also senseless ones, with the whole file', async () => {
    const head = await ask('/', {}, 'HEAD');
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
    expect(Number(head.headers['content-length'])).toBeGreaterThan(0);
    for (const range of ['bytes=0-3', 'bytes=9-2', 'bytes=-', 'x']) {
      const { status, body } = await ask('/assets/worker.mjs', { Range: range });
      expect([status, body.toString()]).toEqual([200, code]);
    }
  });

  test('a file that is gone is an error of the request and of nothing else', async () => {
    rmSync(join(root, 'assets/worker.mjs'));
    const { status, body } = await ask('/assets/worker.mjs');
    expect([status, JSON.parse(body.toString()).code]).toEqual([500, 'internal']);
    writeFileSync(join(root, 'assets/worker.mjs'), code);
    expect((await ask('/assets/worker.mjs')).status).toBe(200);
  });
});

test('a folder without a page is refused, off is none', () => {
  for (const setting of [join(folder, 'nowhere'), folder])
    expect(() => ConsoleFiles.open(setting)).toThrowError(
      expect.objectContaining({ code: 'bad_config', message: expect.stringContaining(setting) }),
    );
  expect(ConsoleFiles.open('off')).toBeNull();
});

test('the policy is the one that the documentation shows', () => {
  const guide = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8');
  const shown = /^Content-Security-Policy: (.*)$/m.exec(guide)![1];
  expect(pageHeaders['Content-Security-Policy']).toBe(shown);
});
