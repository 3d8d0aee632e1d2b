/** The console as it is built and served: used with mouse and keyboard, looked at by axe. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import type * as axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { hashApiKey, newApiKey } from '../../server/src/auth/api-key.ts';
import { formatKeyFile } from '../../server/src/auth/key-file.ts';
import { startServer } from '../support/server.ts';
import { StreamClient } from '../support/stream-client.ts';
import { launchChromium, type Microphone } from './support/chromium.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-console-'));
const built = join(folder, 'page');
const root = fileURLToPath(new URL('../..', import.meta.url));
const speechFile = join(root, 'test/golden/wav/speech_happy_f.wav');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const operatorKey = newApiKey();
const keysFile = join(folder, 'keys.json');

let browser: Browser;
let server: UndertoneServer;
/** What the browser complains of, refusals by the policy included. */
let complaints: string[] = [];

beforeAll(() => {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'error', '--outDir', built], {
    cwd: join(root, 'console'),
    stdio: 'pipe',
  });
  writeFileSync(
    keysFile,
    formatKeyFile([{ id: 'supervisor', sha256: hashApiKey(operatorKey), operator: true }]),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await browser.close();
  await server.close();
});

async function open(
  config: Partial<ServerConfig> = {},
  { microphone = 'none', hash = '' }: { microphone?: Microphone; hash?: string } = {},
): Promise<Page> {
  server = await startServer({ console: built, allowRole: ['agent'], shutdownGraceMs: 200, ...config });
  browser = await launchChromium({ microphone });
  const page = await (await browser.newContext({ acceptDownloads: true, reducedMotion: 'reduce' })).newPage();
  complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`http://127.0.0.1:${server.port}/${hash}`);
  return page;
}

/** What axe finds that keeps people out, as `rule: where`. */
async function barriers(page: Page): Promise<string[]> {
  const found = (await page.evaluate(`${axeSource};axe.run(document)`)) as axe.AxeResults;
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

/** Files as fast as they are recognised, both channels. */
async function setUp(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel("The agent's channel of a call").selectOption('personal_training');
  await page.getByLabel('Play files at the speed of speech').uncheck();
  expect(await barriers(page)).toEqual([]);
  await page.getByRole('button', { name: 'Done' }).click();
}

const over = (page: Page): Promise<void> =>
  page.getByRole('button', { name: 'Speak' }).waitFor({ timeout: 50_000 });

async function exported(page: Page, name: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name, exact: true }).click(),
  ]);
  return readFileSync(await download.path(), 'utf8');
}

interface Exported {
  readonly streams: readonly {
    readonly place: string;
    readonly segments: readonly { readonly label: string | null; readonly scores: Record<string, number> }[];
    readonly summary: { readonly per_channel: readonly unknown[] };
  }[];
  readonly messages: readonly { readonly message: { readonly type: string } }[];
}

describe('listening', () => {
  test('the demo call side by side: both places report the same, nobody is kept out, and files hold all of it', async () => {
    const page = await open();
    expect(await barriers(page)).toEqual([]);
    await setUp(page);
    await page.getByRole('radio', { name: 'Side by side' }).check();
    await page.getByRole('button', { name: 'Demo call' }).click();
    await over(page);
    await page.getByText('Protocol messages').click();
    for (const theme of ['Dark', 'Light']) {
      await page.getByRole('radio', { name: theme }).check();
      expect(await barriers(page)).toEqual([]);
    }
    const { streams, messages } = JSON.parse(await exported(page, 'JSON')) as Exported;
    const [onServer, onDevice] = streams;
    expect([onServer!.place, onDevice!.place]).toEqual(['server', 'device']);
    expect(onServer!.segments.length).toBeGreaterThan(10);
    expect(onDevice!.segments.map(({ label }) => label)).toEqual(
      onServer!.segments.map(({ label }) => label),
    );
    for (const [index, { scores }] of onServer!.segments.entries())
      for (const [label, score] of Object.entries(scores))
        expect(onDevice!.segments[index]!.scores[label]).toBeCloseTo(score, 3);
    expect(onServer!.summary.per_channel).toHaveLength(2);
    expect(messages.filter(({ message }) => message.type === 'Summary')).toHaveLength(2);
    const csv = await exported(page, 'CSV');
    expect(csv.trim().split('\r\n')).toHaveLength(1 + onServer!.segments.length + onDevice!.segments.length);
    expect(complaints).toEqual([]);
  });

  test('the microphone: results while it is open, a summary when it is stopped', async () => {
    const page = await open({}, { microphone: { wav: speechFile } });
    await page.getByRole('button', { name: 'Speak' }).click();
    await page.locator('.segments tbody tr').first().waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await over(page);
    await page.locator('.summary', { hasText: 'of speech in' }).waitFor();
    expect(await page.locator('.latency').textContent()).toMatch(/\d+ ms/);
    expect(complaints).toEqual([]);
  });

  test('a microphone that is refused is said, and another source still works', async () => {
    const page = await open({}, { microphone: 'refused' });
    await page.getByRole('button', { name: 'Speak' }).click();
    await page.getByRole('alert').getByText('microphone_denied').waitFor();
    expect(await barriers(page)).toEqual([]);
    await setUp(page);
    await page.setInputFiles('input[type=file]', speechFile);
    await page.locator('.summary-channels').waitFor();
  });

  test('a server that takes no stream: this device recognises in its place, and the page says so', async () => {
    const page = await open({ maxSessions: 1 });
    const other = await StreamClient.open(server.url);
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByLabel('Model of this device').selectOption('int8');
    await page.getByRole('button', { name: 'Done' }).click();
    await setUp(page);
    await page.setInputFiles('input[type=file]', speechFile);
    // In several places.
    await page.getByText('This device in place of the server').first().waitFor();
    const { name, version } = JSON.parse(readFileSync(join(root, 'models/int8/manifest.json'), 'utf8'));
    await page.getByText(`${name} ${version}`).waitFor();
    await page.locator('.summary-channels').waitFor();
    other.socket.terminate();
  });

  test('all of it works with the keyboard, on a page as wide as a phone', async () => {
    const page = await open();
    await page.setViewportSize({ width: 360, height: 740 });
    await setUp(page);
    await page.getByRole('radio', { name: 'Server', exact: true }).focus();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('button', { name: 'Demo call' }).focus();
    await page.keyboard.press('Enter');
    await over(page);
    await page.locator('.protocol summary').focus();
    await page.keyboard.press('Enter');
    const list = page.getByRole('listbox', { name: 'Messages' });
    await list.focus();
    await page.keyboard.press('Home');
    await page.locator('.message pre', { hasText: '"type": "Begin"' }).waitFor();
    await page.keyboard.press('End');
    await page.locator('.message pre', { hasText: '"type": "Summary"' }).waitFor();
    expect(await list.getByRole('option').count()).toBeLessThan(40);
    await page.getByPlaceholder('Filter by text').fill('"is_final":true');
    await list.getByRole('option', { name: 'SpeechStarted' }).first().waitFor({ state: 'detached' });
    const shown = await list.getByRole('option').allTextContents();
    expect(shown.length).toBeGreaterThan(3);
    for (const text of shown) expect(text).toContain('Emotion');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    expect(await barriers(page)).toEqual([]);
  });
});

describe('the operators’ view', () => {
  test('shows the streams that run, and takes off those that end', async () => {
    const page = await open({}, { hash: '#operators' });
    await page.getByText('No stream runs.').waitFor();
    const stream = await StreamClient.open(server.url);
    await page.locator('.streams tbody tr').waitFor();
    expect(await barriers(page)).toEqual([]);
    expect(await page.locator('.tile').first().textContent()).toContain('1');
    // Text for screen readers stands at the far end of the table.
    stream.socket.send(readFileSync(speechFile).subarray(44));
    await page.locator('.streams .hidden').first().waitFor({ state: 'attached' });
    await page.setViewportSize({ width: 360, height: 700 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    stream.socket.terminate();
    await page.getByText('No stream runs.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('asks for credentials where there are some, and forgets them with the page', async () => {
    const page = await open({ keysFile }, { hash: '#operators' });
    await page.getByRole('heading', { name: 'Operators' }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.getByLabel('API key or token').last().fill('ut_wrong');
    await page.getByRole('button', { name: 'Show streams' }).click();
    await page.getByRole('alert').getByText('unauthorized').waitFor();
    await page.getByLabel('API key or token').last().fill(operatorKey);
    await page.getByRole('button', { name: 'Show streams' }).click();
    await page.getByText('No stream runs.').waitFor();
    const stored = 'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])';
    expect(await page.evaluate(stored)).not.toContain(operatorKey);
    await page.reload();
    await page.getByRole('button', { name: 'Show streams' }).waitFor();
  });
});
