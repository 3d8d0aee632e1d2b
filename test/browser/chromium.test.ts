import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterEach, expect, it } from 'vitest';
import { launchChromium, type Microphone } from './support/chromium.ts';
import { type StaticServer, serveStatic } from './support/static-server.ts';

const wav = fileURLToPath(new URL('../golden/wav/speech_angry_f.wav', import.meta.url));
let browser: Browser | undefined;
let pages: StaticServer | undefined;
afterEach(async () => {
  await browser?.close();
  await pages?.close();
});

it.each<[string, Microphone, string]>([
  ['a file', { wav }, 'live'],
  ['beeps', 'beeps', 'live'],
  ['refused by the user', 'refused', 'NotAllowedError'],
  ['missing', 'none', 'NotFoundError'],
])('the microphone of the tests can be %s', async (_, microphone, expected) => {
  pages = await serveStatic({ pages: { '/': '<!doctype html><title>page</title>' } });
  browser = await launchChromium({ microphone });
  const page = await browser.newPage();
  await page.goto(pages.origin);
  const found = await page.evaluate(() =>
    navigator.mediaDevices.getUserMedia({ audio: true }).then(
      (stream) => stream.getTracks()[0]!.readyState,
      (error: Error) => error.name,
    ),
  );
  expect(found).toBe(expected);
});

it('the pages of the tests stand under the strict policy', async () => {
  const markup = '<!doctype html><title>page</title><script>document.title = "inline ran"</script>';
  pages = await serveStatic({ pages: { '/': markup } });
  browser = await launchChromium();
  const page = await browser.newPage();
  const refused: string[] = [];
  page.on('console', (message) => refused.push(message.text()));
  await page.goto(pages.origin);
  expect(await page.title()).toBe('page');
  expect(refused.join()).toMatch(/Content Security Policy/);
});
