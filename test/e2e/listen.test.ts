import { chmodSync } from 'node:fs';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testModelFolder } from '../support/model.ts';
import { startServer } from '../support/server.ts';
import { cliMain, printedMessages, runCommand, startCommand } from './run-command.ts';
import { FileFolder } from './speech-file.ts';

const model = ['--model', testModelFolder()];
const folders: FileFolder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

/** A PATH in which `rec` plays a sentence once, or over and over until it is stopped. */
function pathWithRecorder(script: string): NodeJS.ProcessEnv {
  const folder = new FileFolder();
  folders.push(folder);
  chmodSync(folder.write('rec', `#!${process.execPath}\n${script}\n`), 0o755);
  return { PATH: folder.path };
}

const sentence = `require('node:fs').readFileSync('test/golden/wav/speech_angry_f.wav').subarray(44)`;
const once = `process.stdout.write(${sentence})`;
const endless = `const audio = ${sentence}; setInterval(() => process.stdout.write(audio), 100)`;

describe('undertone listen', () => {
  let server: UndertoneServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  it('recognises what the recorder gives, locally and through a server', async () => {
    const env = pathWithRecorder(once);
    const [local, remote] = await Promise.all([
      runCommand(cliMain, ['listen', '--json', ...model], env),
      runCommand(cliMain, ['listen', '--json', '--server', server.url], env),
    ]);
    for (const { code, stdout, stderr } of [local, remote]) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const messages = printedMessages(stdout);
      expect(messages[0]).toMatchObject({
        type: 'Begin',
        config: { encoding: 'linear16', sample_rate: 16_000 },
      });
      expect(messages.at(-1)).toMatchObject({ type: 'Summary', audio_s: 2.008 });
    }
  });

  it('tells the server who speaks, without which one with credentials hears nobody', async () => {
    const strict = await startServer({ allowUnknownRole: 'no' });
    try {
      const listen = ['listen', '--json', '--server', strict.url];
      const env = pathWithRecorder(once);
      const refused = await runCommand(cliMain, listen, env);
      expect(printedMessages(refused.stdout)).toMatchObject([{ type: 'Error', code: 'role_not_allowed' }]);
      const heard = await runCommand(cliMain, [...listen, '--role', 'customer'], env);
      expect(heard).toMatchObject({ code: 0, stderr: '' });
      expect(printedMessages(heard.stdout)[0]).toMatchObject({
        type: 'Begin',
        config: { channel_roles: ['customer'], analyze: ['customer'] },
      });
    } finally {
      await strict.close();
    }
  });

  it('ends with a summary at Ctrl-C', async () => {
    const { child, result } = startCommand(cliMain, ['listen', ...model], pathWithRecorder(endless));
    child.stdout!.once('data', () => setTimeout(() => child.kill('SIGINT'), 500));
    const { code, stdout, stderr } = await result;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Listening\. Ctrl-C ends/);
    expect(stdout).toMatch(/s of speech in/);
  });

  it('names the programs that it needs when there is none', async () => {
    const folder = new FileFolder();
    folders.push(folder);
    const { code, stderr } = await runCommand(cliMain, ['listen', ...model], { PATH: folder.path });
    expect(code).toBe(1);
    expect(stderr).toMatch(/microphone_unavailable: Expected rec \(SoX\) or ffmpeg/);
  });

  it('repeats what a recorder that fails has said', async () => {
    const env = pathWithRecorder('console.error("no such device"); process.exitCode = 3');
    const { code, stdout } = await runCommand(cliMain, ['listen', '--json', ...model], env);
    expect(code).toBe(1);
    const errors = printedMessages(stdout).filter(({ type }) => type === 'Error');
    expect(errors).toMatchObject([
      { code: 'microphone_unavailable', message: expect.stringContaining('no such device') },
    ]);
    const text = await runCommand(cliMain, ['listen', ...model], env);
    expect(text.stderr).toContain('no such device');
    expect(text.stdout).not.toContain('of speech in');
  });

  it('ends when the stream does, even when the recorder gives nothing and goes on', async () => {
    const hasty = await startServer({ idleTimeoutMs: 200 });
    try {
      const env = pathWithRecorder('setInterval(() => {}, 1000)');
      const { code, stdout } = await runCommand(cliMain, ['listen', '--json', '--server', hasty.url], env);
      expect(code).toBe(1);
      const errors = printedMessages(stdout).filter(({ type }) => type === 'Error');
      expect(errors).toMatchObject([{ code: 'idle_timeout' }]);
    } finally {
      await hasty.close();
    }
  });
});
