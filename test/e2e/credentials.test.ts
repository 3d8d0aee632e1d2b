import { join } from 'node:path';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer } from '../support/server.ts';
import { speech } from '../support/speech.ts';
import { cliMain, runCommand } from './run-command.ts';
import { FileFolder } from './speech-file.ts';

const folder = new FileFolder();
const keysFile = join(folder.path, 'keys.json');
let server: UndertoneServer;
let key: string;
let file: string;

beforeAll(async () => {
  const made = await runCommand('server/src/main.ts', ['keys', 'create', '--id', 'me', '--file', keysFile]);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  key = /^key: (\S+)$/m.exec(made.stdout)![1]!;
  server = await startServer({ keysFile });
  file = folder.writeWav('speech.wav', speech('speech_happy_f'));
});
afterAll(async () => {
  await server.close();
  folder.remove();
});

const analyze = (env: NodeJS.ProcessEnv) =>
  runCommand(cliMain, ['analyze', '--json', '--server', server.url, '--channels', 'customer', file], env);

it('a key that the server made lets undertone analyze in, by its variable', async () => {
  const { code, stdout } = await analyze({ UNDERTONE_API_KEY: key });
  expect(code).toBe(0);
  expect(stdout).toContain('"type":"Summary"');
});

it('without it, or with another, the command says why it was refused', async () => {
  for (const env of [{ UNDERTONE_API_KEY: undefined }, { UNDERTONE_API_KEY: `utk_${'x'.repeat(43)}` }]) {
    const { code, stdout } = await analyze(env);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ type: 'Error', code: 'unauthorized' });
  }
});
