import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGoldenBytes } from '../support/golden.ts';
import { testModelFolder } from '../support/model.ts';
import { cliMain, printedMessages, runCommand } from './run-command.ts';
import { FileFolder, wavBytes } from './speech-file.ts';

const model = ['--model', testModelFolder()];
const good = 'test/golden/wav/speech_angry_f.wav';
const folder = new FileFolder();
const bad: { path: string; code: string }[] = [];

beforeAll(() => {
  const wav = readGoldenBytes('wav/speech_angry_f.wav');
  const add = (code: string, name: string, bytes: Uint8Array | string): void => {
    bad.push({ code, path: folder.write(name, bytes) });
  };
  const lying = wav.slice();
  new DataView(lying.buffer).setUint32(40, 1_000_000_000, true);
  add('bad_wav', 'empty.wav', '');
  add('bad_wav', 'silent-header.wav', wavBytes(new Int16Array(0)));
  add('bad_wav', 'cut-off.wav', wav.subarray(0, 5000));
  add('bad_wav', 'lying.wav', lying);
  add('bad_wav', 'text.wav', 'This is not audio at all.');
  add('unsupported_format', 'song.mp3', 'ID3\x04\0\0\0\0\0\0');
  add('unsupported_format', 'song.flac', 'fLaC\0\0\0\x22');
  add('unsupported_format', 'slow.wav', wavBytes(new Int16Array(960), 1, 500));
  bad.push({ code: 'file_not_found', path: `${folder.path}/missing.wav` });
  bad.push({ code: 'file_not_found', path: folder.path });
});
afterAll(() => folder.remove());

describe('undertone analyze', () => {
  it('names the error of every bad file, analyses the others, and exits with 1', async () => {
    const files = [good, ...bad.map(({ path }) => path), good];
    const { code, stdout, stderr } = await runCommand(cliMain, ['analyze', '--json', ...model, ...files]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const messages = printedMessages(stdout);
    expect(messages.filter(({ type }) => type === 'Summary').map(({ file }) => file)).toEqual([good, good]);
    const errors = messages.filter((message) => message.type === 'Error');
    expect(errors.map(({ code: found, file }) => ({ code: found, path: file }))).toEqual(bad);
    for (const { message } of errors) expect(message).toMatch(/^Expected .*; got /);
  });

  it('tells people on standard error', async () => {
    const path = bad.find((file) => file.path.endsWith('song.flac'))!.path;
    const { code, stdout, stderr } = await runCommand(cliMain, ['analyze', ...model, path]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/song\.flac: unsupported_format: .*got FLAC\. Convert it: ffmpeg -i/);
  });

  it('names the folder of a model that is missing, once', async () => {
    const args = ['analyze', '--json', '--model', `${folder.path}/no-model`, good, good];
    const { code, stdout } = await runCommand(cliMain, args);
    expect(code).toBe(1);
    const messages = printedMessages(stdout);
    expect(messages).toMatchObject([{ type: 'Error', code: 'file_not_found' }]);
    expect(stdout).toContain('no-model/manifest.json');
  });

  it('names the address of a server that is not there', async () => {
    const { code, stdout } = await runCommand(cliMain, [
      'analyze',
      '--json',
      '--server',
      'ws://127.0.0.1:1',
      good,
    ]);
    expect(code).toBe(1);
    expect(printedMessages(stdout)).toMatchObject([{ type: 'Error', code: 'connection_failed', file: good }]);
  });

  it.each([
    [['--packet-ms', '0'], /1 to 10000; got "0"/],
    [['--channels', 'boss'], /customer, agent, unknown; got "boss"/],
    [['--nonsense'], /unknown option/],
  ])('refuses the options %j', async (options, message) => {
    const { code, stderr } = await runCommand(cliMain, ['analyze', ...options, good]);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  it('refuses roles that do not fit the channels of the file', async () => {
    const { code, stderr } = await runCommand(cliMain, [
      'analyze',
      ...model,
      '--channels',
      'customer,agent',
      good,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/bad_parameter: Expected --channels to name 1 roles.*; got customer,agent/);
  });

  it('explains itself', async () => {
    const [help, version] = await Promise.all([
      runCommand(cliMain, ['analyze', '--help']),
      runCommand(cliMain, ['--version']),
    ]);
    expect(help.code).toBe(0);
    for (const text of ['--server', '--model', '--packet-ms', '--realtime', '--json', 'WAV', 'Examples']) {
      expect(help.stdout).toContain(text);
    }
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
