/** A microphone is heard in a page while the network goes away in the middle of speech. */
import { randomBytes } from 'node:crypto';
import type { UndertoneServer } from '@undertone/server';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileFolder } from '../e2e/speech-file.ts';
import { differences } from '../support/differences.ts';
import { startServer } from '../support/server.ts';
import { speech } from '../support/speech.ts';
import { type BreakableNetwork, breakableNetwork, type Cut } from './support/breakable-network.ts';
import { launchChromium } from './support/chromium.ts';
import { comparable, finalsOf, type Heard, hearInPage } from './support/recording.ts';
import { openPage, serveSdk } from './support/sdk-page.ts';
import type { StaticServer } from './support/static-server.ts';

const recordings = new FileFolder();
const wav = recordings.writeWav('speech.wav', speech('speech_angry_f', 'speech_sad_m', 'speech_happy_f'));
const checkpointKey = [randomBytes(32).toString('base64url')];
let server: UndertoneServer;
let browser: Browser;
let files: StaticServer;
beforeAll(async () => {
  server = await startServer({ checkpointKey, allowOrigin: ['*'] });
  files = await serveSdk();
  browser = await launchChromium({ microphone: { wav } });
});
afterAll(async () => {
  await browser?.close();
  await files?.close();
  await server?.close();
  recordings.remove();
});

async function hearThrough(
  network: BreakableNetwork,
  seconds: number,
  disturb: (isSpeaking: () => Promise<void>) => Promise<void>,
): Promise<Heard & { readonly events: readonly string[] }> {
  const page = await openPage(browser, files);
  try {
    const hearing = hearInPage(page, { options: { url: `ws://127.0.0.1:${network.port}` }, seconds });
    hearing.catch(() => {});
    await disturb(async () => {
      await page.waitForFunction(() => window.hearing?.speaking, undefined, { polling: 50 });
      await wait(700);
    });
    const heard = await hearing;
    return { ...heard, events: await page.evaluate(() => window.hearing.events) };
  } finally {
    await page.close();
    await network.close();
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Every id once, and what an undisturbed stream gives for the same audio. */
async function expectUndisturbed({ recording, finals }: Heard): Promise<void> {
  expect(recording.pieces.filter((piece) => 'lostSamples' in piece)).toEqual([]);
  expect(finals.length).toBeGreaterThanOrEqual(3);
  expect(new Set(finals.map(({ id }) => id)).size).toBe(finals.length);
  const undisturbed = await finalsOf(recording, { url: server.url });
  expect(differences(comparable(finals), comparable(undisturbed), 1e-5)).toEqual([]);
}

describe.concurrent('a network that is cut in the middle of speech', () => {
  it.each<[number, Cut]>([
    [1, 'reset'],
    [5, 'silent'],
    [20, 'reset'],
    [20, 'silent'],
  ])(
    'for %i s (%s): every final result comes once, with the scores of an undisturbed stream',
    async (seconds, kind) => {
      const network = await breakableNetwork(server.port);
      const heard = await hearThrough(network, seconds + 12, async (isSpeaking) => {
        await isSpeaking();
        network.cut(kind);
        await wait(seconds * 1000);
        network.restore();
      });
      expect(heard.events).toContain('reconnected');
      expect(heard.events).not.toContain('gap');
      await expectUndisturbed(heard);
    },
  );

  it('a server that is restarted meanwhile: the next one goes on', async () => {
    let target = await startServer({ checkpointKey, allowOrigin: ['*'], drainSeconds: 0 });
    try {
      const network = await breakableNetwork(() => target.port);
      const heard = await hearThrough(network, 14, async (isSpeaking) => {
        await isSpeaking();
        await target.close();
        target = await startServer({ checkpointKey, allowOrigin: ['*'] });
      });
      expect(heard.events).toContain('reconnected');
      await expectUndisturbed(heard);
    } finally {
      await target.close();
    }
  });
});
