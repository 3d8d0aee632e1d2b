/** Models of any kind on the command line and in the SDK: as a folder in process, by name on a server. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Recognizer } from '@undertone/client-sdk';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences } from '../support/differences.ts';
import { testModelFolder } from '../support/model.ts';
import { startServer } from '../support/server.ts';
import { speech } from '../support/speech.ts';
import { writeForestModel, writeLinearModel, writeSvmModel } from '../support/window-models.ts';
import { cliMain, comparable, printedMessages, runCommand } from './run-command.ts';

const file = 'test/golden/wav/speech_happy_f.wav';
const root = mkdtempSync(join(tmpdir(), 'undertone-choice-'));
let server: UndertoneServer;
let folders: Record<string, string>;
beforeAll(async () => {
  folders = {
    linear: await writeLinearModel(join(root, 'linear'), { name: 'linear' }),
    svm: await writeSvmModel(join(root, 'svm'), { name: 'svm', kernel: 'rbf' }),
    forest: await writeForestModel(join(root, 'forest'), { name: 'forest' }),
  };
  server = await startServer({ model: [testModelFolder(), ...Object.values(folders)] });
});
afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

describe('undertone analyze', () => {
  it.each(['linear', 'svm', 'forest'])('says the same with the folder of %s and its name', async (name) => {
    const [local, remote] = await Promise.all([
      runCommand(cliMain, ['analyze', '--json', '--model', folders[name]!, file]),
      runCommand(cliMain, ['analyze', '--json', '--server', server.url, '--model', `${name}@1.0.0`, file]),
    ]);
    expect([local.code, remote.code, remote.stderr]).toEqual([0, 0, '']);
    const [a, b] = [local, remote].map(({ stdout }) => comparable(printedMessages(stdout)));
    expect(a!.length).toBeGreaterThan(3);
    expect(differences(a, b, 1e-4)).toEqual([]);
  });

  it('tells which models a server has when it lacks the one that is asked for', async () => {
    const args = ['analyze', '--server', server.url, '--model', folders.svm!, file];
    const { code, stderr } = await runCommand(cliMain, args);
    expect(code).toBe(1);
    expect(stderr).toContain('unknown_model: Expected model to be one of undertone-');
    expect(stderr).toContain('linear@1.0.0, svm@1.0.0, forest@1.0.0; got "');
  });
});

describe('the SDK', () => {
  it('names the model in Begin, in process and from a server', async () => {
    const sources = [
      new Recognizer({ model: folders.forest! }),
      new Recognizer({ url: server.url, model: 'forest' }),
    ];
    for (const source of sources) {
      const { model, config } = await source.opened;
      expect([model.name, model.version, config.model]).toEqual(['forest', '1.0.0', 'forest@1.0.0']);
      await source.write(speech('speech_sad_m'));
      const { per_channel } = await source.close();
      expect(Object.keys(per_channel[0]!.scores)).toEqual(model.labels);
    }
  });

  it('rejects with unknown_model', async () => {
    const stream = new Recognizer({ url: server.url, model: 'forest@9.0.0' });
    await expect(stream.opened).rejects.toMatchObject({
      code: 'unknown_model',
      message: expect.stringContaining('forest@1.0.0; got "forest@9.0.0"'),
    });
  });
});
