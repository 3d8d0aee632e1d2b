/**
 * `npm run docs:screenshots`: pictures of the console for the documentation, of the real page on a real server that hears
 * the demo call. Needs Chromium; takes about a minute and a half, because speech takes its time.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Recognizer } from '@undertone/client-sdk';
import { packets, readAudioFile, type WavAudio } from '@undertone/client-sdk/node';
import { createServer, type UndertoneServer } from '@undertone/server';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../browser/support/chromium.ts';

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const callPath = fileURLToPath(new URL('../../demo/call.wav', import.meta.url));
const packetMs = 100;

/** What a thumb scrolls to in a moment. */
const phoneHeight = 1500;

const sizes = {
  desktop: { width: 1360, height: 900 },
  phone: { width: 390, height: 844 },
} as const;

async function main(): Promise<void> {
  const server = await createServer({ port: 0, adminPort: 0, logLevel: 'silent', allowRole: ['agent'] });
  const browser = await launchChromium();
  try {
    // `-- operators` leaves the others as they are.
    if (process.argv[2] !== 'operators') await listenPictures(browser, server);
    await operatorPicture(browser, server);
  } finally {
    await browser.close();
    await server.close();
  }
}

async function open(browser: Browser, server: UndertoneServer, hash: string): Promise<Page> {
  const context = await browser.newContext({
    viewport: sizes.desktop,
    deviceScaleFactor: 2,
    colorScheme: 'light',
  });
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error') console.error(message.text());
  });
  page.on('pageerror', (error) => console.error(error));
  await page.goto(`http://127.0.0.1:${server.port}/${hash}`);
  return page;
}

async function listenPictures(browser: Browser, server: UndertoneServer): Promise<void> {
  const page = await open(browser, server, '');
  await page.getByRole('radio', { name: 'Side by side' }).check();
  // Actors, not employees: this is why the agent's channel is analysed here.
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel("The agent's channel of a call").selectOption('personal_training');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Demo call' }).click();
  await sleep(40_000);
  await take(page, 'light');
  await page.getByRole('button', { name: 'Speak' }).waitFor({ timeout: 60_000 });
  await page.getByRole('radio', { name: 'Dark' }).check();
  await take(page, 'dark');
  await page.setViewportSize(sizes.phone);
  await page.getByRole('radio', { name: 'Light' }).check();
  await take(page, 'phone', phoneHeight);
  await page.context().close();
}

async function operatorPicture(browser: Browser, server: UndertoneServer): Promise<void> {
  const audio = await readAudioFile(callPath);
  const aborts: AbortController[] = [];
  const page = await open(browser, server, '#operators');
  const calls: Promise<void>[] = [];
  for (let index = 0; index < 9; index += 1) {
    const abort = new AbortController();
    aborts.push(abort);
    calls.push(call(server, audio, index * 4, abort.signal));
    await sleep(1500);
  }
  await sleep(6000);
  // The one that has been running for longest.
  await page.locator('.streams button.open').last().click();
  await page.locator('.call .picture img').waitFor();
  await take(page, 'operators');
  for (const abort of aborts) abort.abort();
  await Promise.all(calls);
  await page.context().close();
}

/** The demo call from a second on, at the speed of speech. */
async function call(
  server: UndertoneServer,
  audio: WavAudio,
  fromSeconds: number,
  signal: AbortSignal,
): Promise<void> {
  const recognizer = new Recognizer({
    url: `ws://127.0.0.1:${server.port}`,
    encoding: audio.encoding,
    sampleRateHz: audio.sampleRateHz,
    channels: audio.channels,
    channelRoles: ['customer', 'agent'],
    analyze: ['customer', 'agent'],
    purpose: 'personal_training',
    intervalMs: 500,
    signal,
  });
  try {
    let seconds = -fromSeconds;
    for (const packet of packets(audio, packetMs)) {
      seconds += packetMs / 1000;
      if (seconds < 0) continue;
      await recognizer.write(packet);
      await sleep(packetMs, undefined, { signal });
    }
    await recognizer.close();
  } catch (cause) {
    if (!signal.aborted) throw cause;
  }
}

/** The whole page, or so much of its beginning. */
async function take(page: Page, name: string, height?: number): Promise<void> {
  await sleep(400);
  const clip = height === undefined ? {} : { clip: { x: 0, y: 0, ...page.viewportSize()!, height } };
  await page.screenshot({
    path: `${folder}console-${name}.png`,
    fullPage: true,
    animations: 'disabled',
    ...clip,
  });
}

await main();
