/** The SDK as npm installs it, without the repository around it. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createProject, type Project } from '../browser/fixtures/installed-sdk.ts';
import buildSdk from '../browser/support/build-sdk.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let project: Project;
beforeAll(() => {
  buildSdk();
  project = createProject();
  // What the package does not declare is not there.
  const manifest = readFileSync(join(root, 'client-sdk/package.json'), 'utf8');
  const { dependencies } = JSON.parse(manifest) as { dependencies: Record<string, string> };
  for (const name of Object.keys(dependencies).filter((each) => !each.startsWith('@undertone/'))) {
    const place = join(project.folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), place);
  }
});
afterAll(() => project.remove());

const run = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: project.folder });

it.each(['default', 'int8'])('recognises in Node with the model %s that it brings along', async (model) => {
  const wav = join(root, 'test/golden/wav/speech_angry_f.wav');
  writeFileSync(
    join(project.folder, 'program.mjs'),
    `import { Recognizer } from '@undertone/client-sdk';
import { readAudioFile } from '@undertone/client-sdk/node';
const { encoding, sampleRateHz, channels, bytes } = await readAudioFile(${JSON.stringify(wav)});
const recognizer = new Recognizer({ encoding, sampleRateHz, channels, model: '${model}' });
await recognizer.write(bytes);
const { per_channel } = await recognizer.close();
console.log((await recognizer.opened).model.name, per_channel[0].segments);`,
  );
  const { stdout, stderr } = await run('program.mjs');
  expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^undertone-\S+ 1\n$/), stderr: '' });
});

it.each([
  ['local/web/local-model', /WorkerHost/],
  ['local/node/local-model', /BatchScheduler|ModelRuntime|HeadTrainer|AdaptableModel/],
  ['local/adaptation/adaptation', /ModelRuntime|HeadCorrection/],
])('declares nothing in %s that is not for programs', (file, internal) => {
  const folder = join(project.folder, 'node_modules/@undertone/client-sdk/dist');
  const declared = readFileSync(join(folder, `${file}.d.ts`), 'utf8');
  expect(declared).toContain('export declare class');
  // What was imported for it may still stand at the top.
  expect(declared.replace(/^import .*$/gm, '')).not.toMatch(internal);
});

it('has the command undertone', async () => {
  const wav = join(root, 'test/golden/wav/speech_angry_f.wav');
  const { stdout } = await run(
    'node_modules/@undertone/client-sdk/bin/undertone.js',
    'analyze',
    '--json',
    wav,
  );
  expect(stdout).toContain('"type":"Summary"');
});

it('draws a call from events, and says that there is no NATS', async () => {
  writeFileSync(
    join(project.folder, 'calls.mjs'),
    `import { CallTimelineBuilder, timelineSvg } from '@undertone/client-sdk/calls';
import { CallFeed } from '@undertone/client-sdk/feed';
console.log(timelineSvg(new CallTimelineBuilder('ut_1').timeline()).slice(0, 4));
await CallFeed.open({ natsUrl: ['nats://127.0.0.1:1'] }).catch(({ code }) => console.log(code));`,
  );
  expect(await run('calls.mjs')).toEqual({ stdout: '<svg\nconnection_failed\n', stderr: '' });
});
