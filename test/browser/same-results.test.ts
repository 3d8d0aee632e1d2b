/** The same samples give the same results: in a page, in Node, and on the server. */
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileFolder } from '../e2e/speech-file.ts';
import { differences } from '../support/differences.ts';
import { testModelFolder } from '../support/model.ts';
import { startServer } from '../support/server.ts';
import { speech } from '../support/speech.ts';
import type { Microphone } from './support/chromium.ts';
import { comparable, finalsOf, type Heard, type HearingPlan, hearInPage } from './support/recording.ts';
import { openSdkPage } from './support/sdk-page.ts';

const recordings = new FileFolder();
const samples = speech('speech_angry_f', 'speech_sad_m');
const wav = recordings.writeWav('speech.wav', samples);
const node = { mode: 'local', model: testModelFolder() } as const;
let server: UndertoneServer;
beforeAll(async () => {
  server = await startServer({ allowOrigin: ['*'] });
});
afterAll(async () => {
  recordings.remove();
  await server?.close();
});

async function hear(plan: HearingPlan, microphone: Microphone = 'none'): Promise<Heard> {
  const sdk = await openSdkPage({ microphone, folders: { '/recordings/': recordings.path } });
  try {
    return await hearInPage(sdk.page, plan);
  } finally {
    await sdk.close();
  }
}

it('a file heard in a page gives the results that Node and the server give', async () => {
  const heard = await hear({ options: { mode: 'local' }, file: '/recordings/speech.wav' });
  expect(heard.finals).toHaveLength(2);
  expect(heard.audioS).toBeCloseTo(samples.length / 16_000, 3);
  const found = comparable(heard.finals);
  expect(differences(found, comparable(await finalsOf(heard.recording, node)), 1e-3)).toEqual([]);
  const onServer = await finalsOf(heard.recording, { url: server.url });
  expect(differences(found, comparable(onServer), 1e-3)).toEqual([]);
});

it.concurrent('a microphone heard in a page gives the results that Node and the server give for what it gave', async () => {
  const heard = await hear({ options: { mode: 'local' } }, { wav });
  expect(heard.finals.length).toBeGreaterThanOrEqual(2);
  expect(heard.finals.some(({ label }) => label !== null)).toBe(true);
  const found = comparable(heard.finals);
  expect(differences(found, comparable(await finalsOf(heard.recording, node)), 1e-3)).toEqual([]);
  const onServer = await finalsOf(heard.recording, { url: server.url });
  expect(differences(found, comparable(onServer), 1e-3)).toEqual([]);
});

it.concurrent('a microphone heard through a server gives the results that Node gives for what it gave', async () => {
  const heard = await hear({ options: { url: server.url } }, { wav });
  expect(heard.finals.length).toBeGreaterThanOrEqual(2);
  expect(
    differences(comparable(heard.finals), comparable(await finalsOf(heard.recording, node)), 1e-3),
  ).toEqual([]);
});
