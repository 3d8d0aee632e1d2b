/** Calls in the operators' view: running ones, those that the server keeps in a real NATS, and those of a file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import type axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { NatsServer } from '../support/nats-server.ts';
import { startServer } from '../support/server.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';
import { launchChromium } from './support/chromium.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-console-calls-'));
const built = join(folder, 'page');
const root = fileURLToPath(new URL('../..', import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const closing: (() => Promise<unknown>)[] = [];
let browser: Browser;
let server: UndertoneServer;
/** What the browser complains of, refusals by the policy included. */
let complaints: string[] = [];

beforeAll(async () => {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'error', '--outDir', built], {
    cwd: join(root, 'console'),
    stdio: 'pipe',
  });
  browser = await launchChromium();
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true });
});

async function open(config: Partial<ServerConfig> = {}): Promise<Page> {
  server = await startServer({ console: built, shutdownGraceMs: 200, ...config });
  closing.push(() => server.close());
  const context = await browser.newContext({ acceptDownloads: true, reducedMotion: 'reduce' });
  closing.push(() => context.close());
  const page = await context.newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  await page.goto(`http://127.0.0.1:${server.port}/#operators`);
  await page.getByRole('heading', { name: 'Calls that were' }).waitFor();
  return page;
}

async function barriers(page: Page): Promise<string[]> {
  const found = (await page.evaluate(`${axeSource};axe.run(document)`)) as axe.AxeResults;
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

/** The picture is drawn, and says in words what it shows. */
async function pictureText(page: Page): Promise<string> {
  const picture = page.locator('.call .picture img');
  await picture.waitFor();
  await expect.poll(() => picture.evaluate('(image) => image.naturalWidth', undefined)).not.toBe(0);
  return (await picture.getAttribute('alt')) ?? '';
}

test('a running call, and one that was, are shown as the server keeps them', async () => {
  const nats = await NatsServer.create();
  closing.push(() => nats.remove());
  await nats.start();
  const page = await open({ natsUrl: [nats.url], natsStream: 'results', rateLimit: 0 });
  const stream = await StreamClient.open(server.url, 'channel_roles=customer&tag=secret-tag');
  const { session_id: session } = await stream.first('Begin');
  stream.sendAudio(bytesOf(speech('speech_angry_f', 'speech_calm_m', 'speech_angry_f')), 6400);
  await page.locator('.streams button.open').click();
  await page.getByText('As the server keeps it').waitFor();
  expect(await pictureText(page)).toContain('A call that goes on');
  await stream.finish();
  await expect
    .poll(() => pictureText(page), { timeout: 15_000 })
    .toMatch(/^Call .*\. A call, 0:\d\d long\. The customer spoke/);
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Of the last day' }).click();
  await page.getByRole('list', { name: 'Calls of the server' }).getByText(session.slice(-6)).click();
  const words = await pictureText(page);
  await page.getByText('As a table').click();
  expect(await page.locator('.call tbody tr').count()).toBeGreaterThan(0);
  for (const theme of ['Dark', 'Light']) {
    await page.getByRole('radio', { name: theme }).check();
    expect(await pictureText(page)).toBe(words);
    expect(await barriers(page)).toEqual([]);
  }
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'SVG' }).click(),
  ]);
  expect(readFileSync(await download.path(), 'utf8')).toContain(`Call ${session}`);
  expect(complaints).toEqual([]);
  // It stays as wide as a phone.
  await page.setViewportSize({ width: 360, height: 700 });
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
});

test('where the server keeps nothing, a running call is shown as the page has seen it', async () => {
  const page = await open();
  const stream = await StreamClient.open(server.url);
  stream.sendAudio(bytesOf(speech('speech_angry_f', 'speech_angry_f')), 6400);
  await stream.first('Emotion');
  await page.locator('.streams button.open').click();
  await page.getByText('As this page has seen it').waitFor();
  await expect.poll(() => pictureText(page), { timeout: 15_000 }).toMatch(/spoke for/);
  await page.getByRole('button', { name: 'Of the last day' }).click();
  await page.getByText('publishes to NATS').waitFor();
  stream.socket.terminate();
});

test('a file of events is shown, whatever stands in it', async () => {
  const page = await open();
  const evil = '</text><script>alert(1)</script><img src=x onerror=alert(1)>';
  const emotion = (session: string, label: string, n: number): string =>
    JSON.stringify({
      specversion: '1.0',
      id: `${session}:${n}`,
      type: 'undertone.v1.emotion',
      subject: session,
      data: {
        ...{ type: 'Emotion', session_id: session, channel: 0, role: 'customer', segment: n, start: 5 * n },
        ...{
          end: 5 * n + 4,
          is_final: true,
          label,
          confidence: 0.8,
          dimensions: { valence: -0.5, arousal: 0.5 },
        },
      },
    });
  const path = join(folder, 'results.jsonl');
  writeFileSync(
    path,
    [emotion('ut_a', 'angry', 0), 'broken', emotion(evil, evil, 0), emotion('ut_a', 'sad', 1)].join('\n'),
  );
  await page.setInputFiles('.past input[type=file]', path);
  await page.getByText('2 calls in results.jsonl, 1 lines are no events').waitFor();
  const list = page.getByRole('list', { name: 'Calls of the file' });
  await list.getByRole('button').nth(1).click();
  expect(await pictureText(page)).toContain(evil);
  await page.getByText('As a table').click();
  expect(await page.locator('.call tbody').textContent()).toContain(evil.slice(0, 40));
  await list.getByRole('button').first().click();
  expect(await pictureText(page)).toMatch(/angry 50 %, sad 50 %/);
  expect(await barriers(page)).toEqual([]);
  writeFileSync(path, 'no events at all');
  await page.setInputFiles('.past input[type=file]', path);
  await page.getByText('line 1: not JSON').waitFor();
  expect(complaints).toEqual([]);
});
