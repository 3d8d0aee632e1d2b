/** A tab that hears the microphone while the user looks at another one. */
import type { UndertoneServer } from '@undertone/server';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileFolder } from '../e2e/speech-file.ts';
import { differences } from '../support/differences.ts';
import { testModelFolder } from '../support/model.ts';
import { startServer } from '../support/server.ts';
import { speech } from '../support/speech.ts';
import { launchChromium } from './support/chromium.ts';
import { PlainTab } from './support/plain-tab.ts';
import { comparable, finalsOf, type Heard, hear } from './support/recording.ts';
import { serveSdk } from './support/sdk-page.ts';
import type { StaticServer } from './support/static-server.ts';

const recordings = new FileFolder();
const wav = recordings.writeWav('speech.wav', speech('speech_angry_f', 'speech_sad_m'));
let server: UndertoneServer;
let browser: Browser;
let files: StaticServer;
beforeAll(async () => {
  server = await startServer({ allowOrigin: ['*'] });
  files = await serveSdk();
  browser = await launchChromium({ microphone: { wav } });
});
afterAll(async () => {
  await browser?.close();
  await files?.close();
  await server?.close();
  recordings.remove();
});

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

interface HeardAside extends Heard {
  readonly events: readonly string[];
}

async function hearAside(
  place: 'server' | 'local',
  seconds: number,
  meanwhile: (tab: PlainTab) => Promise<void>,
): Promise<HeardAside> {
  const tab = await PlainTab.open(browser, files.origin);
  await tab.until(() => 'undertone' in window);
  const options = place === 'server' ? { url: server.url } : { mode: 'local' as const };
  const hearing = tab.evaluate(hear, { options, seconds });
  hearing.catch(() => {});
  await tab.until(() => window.hearing?.speaking);
  const other = await PlainTab.open(browser, 'about:blank');
  await other.bringToFront();
  await tab.until(() => document.visibilityState === 'hidden');
  await meanwhile(tab);
  const heard = await hearing;
  return { ...heard, events: [...(await tab.evaluate(() => window.hearing.events, null))] };
}

async function expectEveryResultOnce({ recording, finals }: Heard): Promise<void> {
  expect(new Set(finals.map(({ id }) => id)).size).toBe(finals.length);
  const again = await finalsOf(recording, { mode: 'local', model: testModelFolder() });
  expect(differences(comparable(finals), comparable(again), 1e-3)).toEqual([]);
}

describe.concurrent('a hidden tab', () => {
  it.each(['server', 'local'] as const)('goes on hearing, and misses nothing (%s)', async (place) => {
    const heard = await hearAside(place, 10, async () => {});
    expect(heard.recording.pieces.filter((piece) => 'lostSamples' in piece)).toEqual([]);
    expect(heard.events).toEqual([]);
    expect(heard.finals.length).toBeGreaterThanOrEqual(2);
    await expectEveryResultOnce(heard);
  });

  it('that the browser freezes for longer than the server waits goes on where it was', async () => {
    const heard = await hearAside('server', 26, async (tab) => {
      await tab.freeze();
      await wait(12_000);
      await tab.thaw();
    });
    expect(heard.events).toContain('reconnected');
    expect(heard.audioS).toBeGreaterThanOrEqual(26);
    await expectEveryResultOnce(heard);
  });
});
