/**
 * The recogniser in real Chromium, on speech in real time: what a page spends, how soon it is ready, how soon the first
 * result comes, and what streaming to a server adds to the server's own latency. The last line is one JSON object.
 *
 *     npm run bench:browser -- [--seconds 60] [--microphone] [--json]
 */
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { longestTask, PageMeter } from '../browser/bench/page-meter.ts';
import { launchChromium } from '../browser/support/chromium.ts';
import { serveSdk } from '../browser/support/sdk-page.ts';
import { FileFolder } from '../e2e/speech-file.ts';
import { ServerProcess } from '../load/server-process.ts';
import { testModelFolder } from '../support/model.ts';
import { bytesOf, speech } from '../support/speech.ts';

interface Live {
  readonly readyMs: number;
  /** From the first sample; null where it is not known when that was. */
  readonly firstResultMs: number | null;
  readonly results: number;
  readonly addedMs: Float64Array;
  readonly failure: string;
}
declare global {
  interface Window {
    live: Live;
  }
}

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    microphone: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
if (!(seconds >= 1)) {
  console.error(`Expected --seconds to be 1 or more; got ${values.seconds}.`);
  process.exit(2);
}
const warmSeconds = 10;
const say = (line: string): void => {
  if (!values.json) console.error(line);
};

// Speech from the first sample on: the first result waits for nothing but the recogniser.
const samples = speech('speech_angry_f', 'speech_sad_m', 'speech_happy_f', 'speech_calm_m').subarray(16_000);
const recordings = new FileFolder();
const bench = new URL('../browser/bench/', import.meta.url);
const files = await serveSdk({
  pages: {
    '/live': '<!doctype html><title>live</title><script type="module" src="/bench/live-page.js"></script>',
  },
  folders: { '/bench/': fileURLToPath(bench) },
});
files.answer('/speech.raw', (response) => response.end(bytesOf(samples)));
const browser = await launchChromium({ microphone: { wav: recordings.writeWav('speech.wav', samples) } });
const context = await browser.newContext();
const server = await ServerProcess.start([
  '--model',
  testModelFolder(),
  '--allow-origin',
  files.origin,
  '--log-level',
  'silent',
]);
try {
  const local = values.microphone ? '?microphone' : '';
  say('First visit, which fills the caches ...');
  await visit(local, (page) => until(page, 2));
  say('Longest task of the main thread ...');
  const task = await visit(null, (page) =>
    longestTask(browser, page, files.origin, async () => {
      const said = page.waitForEvent('console', { timeout: 120_000 });
      await page.goto(`${files.origin}/live${local}`);
      const text = (await said).text();
      if (text !== 'five results') throw new Error(text);
    }),
  );
  say(`On the device, ${seconds} s of speech after ${warmSeconds} s to warm up ...`);
  const cost = await visit(null, (page) => measure(page, local));
  say('Through the server ...');
  const added = await visit(`?server=${encodeURIComponent(server.url)}`, async (page) => {
    await until(page, 20);
    return page.evaluate(() => [...window.live.addedMs.slice(0, window.live.results)]);
  });
  added.sort((a, b) => a - b);
  const report = {
    ...cost,
    longestTaskMs: round(task.wallMs),
    longestTaskCpuMs: round(task.cpuMs),
    serverAddedMs: round(added[Math.floor(added.length / 2)]!),
    serverAddedP95Ms: round(added[Math.floor(added.length * 0.95)]!),
    seconds,
    input: values.microphone ? 'microphone' : 'samples',
    loadAverage: round(loadavg()[0]!),
  };
  if (!values.json) console.table(report);
  console.log(JSON.stringify(report));
} finally {
  await browser.close();
  await files.close();
  server.kill();
  recordings.remove();
}

async function measure(page: Page, query: string): Promise<Record<string, number | null>> {
  const meter = await PageMeter.open(browser, page);
  await page.goto(`${files.origin}/live${query}`);
  await until(page, 1);
  const { readyMs, firstResultMs } = await page.evaluate(() => ({
    readyMs: window.live.readyMs,
    firstResultMs: window.live.firstResultMs,
  }));
  await wait(warmSeconds);
  const before = await usage(meter);
  const startMs = performance.now();
  await wait(seconds);
  const after = await usage(meter);
  const wallSeconds = (performance.now() - startMs) / 1000;
  await until(page, 1);
  return {
    cpuPercent: round((100 * (after.cpuSeconds - before.cpuSeconds)) / wallSeconds),
    readyMs: round(readyMs),
    firstResultMs: firstResultMs === null ? null : round(firstResultMs),
    heapGrowthBytes: after.heapBytes - before.heapBytes,
    heapBytes: after.heapBytes,
    residentGrowthBytes: after.residentBytes - before.residentBytes,
    residentBytes: after.residentBytes,
  };
}

interface Usage {
  readonly cpuSeconds: number;
  readonly heapBytes: number;
  readonly residentBytes: number;
}

async function usage(meter: PageMeter): Promise<Usage> {
  // Collecting garbage costs time, too: that of the second look is in the bill.
  const heapBytes = await meter.heapBytes();
  return { heapBytes, residentBytes: await meter.residentBytes(), cpuSeconds: await meter.cpuSeconds() };
}

function wait(forSeconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forSeconds * 1000));
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

/** A new page, at `query` unless that is null, closed afterwards. */
async function visit<T>(query: string | null, run: (page: Page) => Promise<T>): Promise<T> {
  const page = await context.newPage();
  try {
    if (query !== null) await page.goto(`${files.origin}/live${query}`);
    return await run(page);
  } finally {
    await page.close();
  }
}

/** @throws Error with what went wrong in the page */
async function until(page: Page, results: number): Promise<void> {
  await page.waitForFunction((count) => window.live?.failure || window.live?.results >= count, results, {
    polling: 200,
    timeout: 120_000,
  });
  const failure = await page.evaluate(() => window.live.failure);
  if (failure) throw new Error(failure);
}
