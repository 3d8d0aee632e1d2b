/** The examples, as they stand, in Chromium or Node against a real server. */

import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SummaryMessage } from '@undertone/proto';
import type { UndertoneServer } from '@undertone/server';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCommand } from '../e2e/run-command.ts';
import { FileFolder } from '../e2e/speech-file.ts';
import { startServer } from '../support/server.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { webFolder } from './support/build-sdk.ts';
import { launchChromium } from './support/chromium.ts';
import { startExample } from './support/example-process.ts';
import { serveStatic } from './support/static-server.ts';

const recordings = new FileFolder();
const samples = speech('speech_angry_f', 'speech_sad_m');
const wav = recordings.writeWav('speech.wav', samples);
let server: UndertoneServer;
let browser: Browser;
beforeAll(async () => {
  server = await startServer({ allowOrigin: ['*'] });
  browser = await launchChromium({ microphone: { wav } });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  recordings.remove();
});

const folder = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Presses the button, and the other one when a result is there. */
async function speakAndStop(page: Page, start: string, stop: string): Promise<SummaryMessage> {
  await page.click(start);
  await page.waitForFunction(() => document.querySelector('#heard')?.textContent);
  await page.click(stop);
  const summary = await page.waitForFunction(
    () =>
      document.querySelector('#summary')?.textContent ||
      document.querySelector('#heard')?.textContent?.match(/^\w+_\w+: .*/)?.[0],
  );
  return JSON.parse((await summary.jsonValue())!) as SummaryMessage;
}

it.each(['server', 'local'])(
  'plain page: hears the microphone (%s), and sums up when it is stopped',
  async (place) => {
    const files = await serveStatic({
      folders: { '/': folder('examples/plain-page'), '/undertone/': webFolder },
    });
    try {
      const page = await browser.newPage();
      await page.goto(`${files.origin}/?server=${encodeURIComponent(server.url)}`);
      if (place === 'local') await page.check('#local');
      const summary = await speakAndStop(page, '#speak', '#stop');
      expect(summary).toMatchObject({ type: 'Summary', reason: 'client_close', dropped_s: 0 });
      expect(summary.speech_s[0]).toBeGreaterThan(0.5);
      await page.close();
    } finally {
      await files.close();
    }
  },
);

it('WebRTC track: the callee hears the caller', async () => {
  const files = await serveStatic({
    folders: { '/': folder('examples/webrtc-track'), '/undertone/': webFolder },
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${files.origin}/?server=${encodeURIComponent(server.url)}`);
    const summary = await speakAndStop(page, '#call', '#hang-up');
    expect(summary).toMatchObject({ reason: 'client_close', per_channel: [{ role: 'customer' }] });
    expect(summary.speech_s[0]).toBeGreaterThan(0.5);
    await page.close();
  } finally {
    await files.close();
  }
});

it('React hook: in a component built by Vite, in strict mode, started twice', async () => {
  const out = mkdtempSync(join(tmpdir(), 'undertone-react-'));
  await build({
    root: folder('test/browser/fixtures/react-page'),
    logLevel: 'warn',
    build: { outDir: out, emptyOutDir: true },
    configFile: false,
  });
  const files = await serveStatic({ folders: { '/': out } });
  try {
    const page = await browser.newPage();
    await page.goto(`${files.origin}/?server=${encodeURIComponent(server.url)}`);
    const first = await speakAndStop(page, '#speak', '#stop');
    expect(first.speech_s[0]).toBeGreaterThan(0.5);
    await page.waitForFunction(() => document.querySelector('#state')?.textContent === 'idle');
    await page.click('#speak');
    await page.waitForFunction(() => document.querySelector('#state')?.textContent === 'listening');
    await page.close();
  } finally {
    await files.close();
    rmSync(out, { recursive: true });
  }
});

it('Node service: answers audio that is sent to it with lines of results, while it comes', async () => {
  const service = await startExample('node-service/service.js', { UNDERTONE_URL: server.url });
  try {
    async function* live(): AsyncGenerator<Uint8Array> {
      const bytes = bytesOf(samples);
      for (let at = 0; at < bytes.length; at += 32_000) {
        yield bytes.subarray(at, at + 32_000);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    const response = await fetch(`${service.origin}/calls`, {
      method: 'PUT',
      body: live(),
      duplex: 'half',
    } as unknown as RequestInit);
    const lines = (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { label: string | null; audio_s?: number });
    expect(response.status).toBe(200);
    expect(lines).toHaveLength(3);
    expect(lines[2]!.audio_s).toBeCloseTo(samples.length / 16_000, 2);
    expect((await fetch(service.origin)).status).toBe(404);
  } finally {
    await service.stop();
  }
});

it('Node service: says why nothing can be heard', async () => {
  const service = await startExample('node-service/service.js', { UNDERTONE_URL: 'ws://127.0.0.1:1' });
  try {
    const response = await fetch(`${service.origin}/calls`, {
      method: 'PUT',
      body: new Blob([bytesOf(samples) as Uint8Array<ArrayBuffer>]),
    });
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ code: 'connection_failed' });
  } finally {
    await service.stop();
  }
});

it('Express: a page with a token from the back end is heard by a server that wants one', async () => {
  const port = await freePort();
  const keysFile = join(recordings.path, 'keys.json');
  const made = await runCommand('server/src/main.ts', ['keys', 'create', '--id', 'shop', '--file', keysFile]);
  const guarded = await startServer({ keysFile, allowOrigin: [`http://127.0.0.1:${port}`] });
  const backEnd = await startExample('express-tokens/server.js', {
    PORT: String(port),
    UNDERTONE_URL: `http://127.0.0.1:${guarded.port}`,
    UNDERTONE_API_KEY: /utk_\S+/.exec(made.stdout)![0],
  });
  try {
    const page = await browser.newPage();
    await page.goto(`${backEnd.origin}/?server=${encodeURIComponent(guarded.url)}`);
    await page.click('#speak');
    await page.waitForFunction(() => document.querySelector('#heard')?.textContent);
    expect(await page.textContent('#heard')).toMatch(/^(undecided|angry|disgust|fearful|happy|neutral|sad)$/);
    await page.close();
  } finally {
    await backEnd.stop();
    await guarded.close();
  }
});

async function freePort(): Promise<number> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const { port } = holder.address() as AddressInfo;
  await new Promise((resolve) => holder.close(resolve));
  return port;
}
