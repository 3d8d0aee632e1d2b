/** A model that is fitted to a voice in a page: by the worker, with what it gives in Node. */
import { Recognizer } from '@undertone/client-sdk';
import { adapt, type LabelledClip, LocalModel } from '@undertone/client-sdk/local';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readGoldenPcm } from '../support/golden.ts';
import { testModelFolder } from '../support/model.ts';
import { type LocalPage, openPage, servePlainPage } from './fixtures/local-page.ts';
import { launchChromium } from './support/chromium.ts';
import type { StaticServer } from './support/static-server.ts';

const sentences = [
  ['speech_angry_f', 'angry'],
  ['speech_happy_f', 'angry'],
  ['speech_sad_m', 'sad'],
  ['speech_calm_m', 'sad'],
] as const;
const clips: LabelledClip[] = sentences.map(([name, label]) => ({
  audio: Float32Array.from(readGoldenPcm(name), (sample) => sample / 32768),
  label,
}));
/** As they go to the page. */
const sent = clips.map(({ audio, label }) => ({ audio: Array.from(audio), label }));

let browser: Browser;
let server: StaticServer;
let page: Page;
beforeAll(async () => {
  browser = await launchChromium();
  server = await servePlainPage();
  page = await browser.newPage();
  await openPage(page, server.origin);
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

it('adapts in the page; Node takes the result and recognises with it what the page recognises', async () => {
  const ofPage = await page.evaluate(async (given) => {
    const { undertone } = globalThis as unknown as LocalPage;
    const model = await undertone.LocalModel.load();
    const stages = new Set<string>();
    const own = given.map(({ audio, label }) => ({ audio: Float32Array.from(audio), label }));
    const adaptation = await undertone.adapt(model, own, {
      onProgress: ({ stage }) => void stages.add(stage),
    });
    const bytes = adaptation.toBytes();
    const recognizer = new undertone.Recognizer({ mode: 'local', model, adaptation: bytes });
    await recognizer.write(Float32Array.from(own[0]!.audio));
    const { per_channel } = await recognizer.close();
    await model.close();
    const { before } = adaptation.report;
    return { bytes: [...bytes], before, stages: [...stages], scores: per_channel[0]!.scores! };
  }, sent);

  const model = await LocalModel.load(testModelFolder());
  try {
    const { report } = await adapt(model, clips);
    expect(ofPage.stages).toEqual(['hearing', 'fitting']);
    // Where fitting stops hangs on the last bits of a few clips; what it starts from does not.
    expect(ofPage.before.recall).toBeCloseTo(report.before.recall, 3);
    expect(ofPage.before.loss).toBeCloseTo(report.before.loss, 3);
    const adaptation = Uint8Array.from(ofPage.bytes);
    const scores = await scoresOf(model, adaptation);
    expect(Object.keys(scores)).toHaveLength(6);
    for (const [label, score] of Object.entries(scores)) {
      expect(ofPage.scores[label], label).toBeCloseTo(score, 3);
    }
    expect(scores).not.toEqual(await scoresOf(model, undefined));
  } finally {
    await model.close();
  }
});

async function scoresOf(
  model: LocalModel,
  adaptation: Uint8Array | undefined,
): Promise<Readonly<Record<string, number>>> {
  const recognizer = new Recognizer({ mode: 'local', model, ...(adaptation ? { adaptation } : {}) });
  await recognizer.write(clips[0]!.audio);
  return (await recognizer.close()).per_channel[0]!.scores!;
}

it('stops an adaptation that is aborted, and says what is wrong with clips', async () => {
  const codes = await page.evaluate(async (given) => {
    const { undertone } = globalThis as unknown as LocalPage;
    const model = await undertone.LocalModel.load();
    const own = given.map(({ audio, label }) => ({ audio: Float32Array.from(audio), label }));
    const abort = new AbortController();
    const aborted = undertone.adapt(model, own, { signal: abort.signal, onProgress: () => abort.abort() });
    const found = [
      await aborted.catch((error) => error.code),
      await undertone.adapt(model, own.slice(0, 1)).catch((error) => error.code),
    ];
    await model.close();
    return found;
  }, sent);
  expect(codes).toEqual(['aborted', 'bad_parameter']);
});
