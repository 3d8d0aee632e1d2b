import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Recorder } from './recorder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undertone-recorder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function install(name: string, script: string): NodeJS.ProcessEnv {
  writeFileSync(join(folder, name), `#!${process.execPath}\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return { PATH: folder };
}

async function record(recorder: Recorder): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of recorder.audio()) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

describe('Recorder', () => {
  it('gives what rec records, from the device that is named', async () => {
    const env = install(
      'rec',
      'process.stdout.write(process.env.AUDIODEV + process.argv.slice(2).join(" "))',
    );
    const recorded = await record(new Recorder({ env, device: 'hw:1' }));
    expect(recorded).toBe('hw:1-q -t raw -r 16000 -c 1 -b 16 -e signed-integer -L -');
  });

  it('takes ffmpeg where there is no rec', async () => {
    const env = install('ffmpeg', 'process.stdout.write(process.argv.slice(2).join(" "))');
    const recorded = await record(new Recorder({ env, platform: 'darwin' }));
    expect(recorded).toBe('-hide_banner -loglevel error -f avfoundation -i :0 -ac 1 -ar 16000 -f s16le -');
  });

  it('names both programs and how to install one when there is neither', () => {
    expect(() => new Recorder({ env: { PATH: folder } })).toThrow(
      expect.objectContaining({
        code: 'microphone_unavailable',
        message: expect.stringMatching(/rec \(SoX\) or ffmpeg.*apt install sox/),
      }),
    );
  });

  it('ends a program that does not end when it is told to', async () => {
    const env = install(
      'rec',
      'process.on("SIGTERM", () => {}); process.stdout.write("x"); setInterval(() => {}, 1000)',
    );
    const recorder = new Recorder({ env });
    for await (const _ of recorder.audio()) recorder.stop();
  });

  it('repeats what a failing program said', async () => {
    const env = install('rec', 'console.error("no default audio device"); process.exitCode = 2');
    await expect(record(new Recorder({ env }))).rejects.toMatchObject({
      code: 'microphone_unavailable',
      message: expect.stringContaining('no default audio device'),
    });
  });

  it.each([
    [
      'is killed',
      'process.stdout.write("x"); process.kill(process.pid, "SIGKILL"); setInterval(() => {}, 1000)',
      /signal SIGKILL/,
    ],
    ['cannot be started', '', /ended with an error and said: .*ENOENT/],
  ])('says so when the program %s', async (_, script, message) => {
    const env = install('rec', script);
    if (script === '') writeFileSync(join(folder, 'rec'), '#!/nowhere/interpreter\n');
    await expect(record(new Recorder({ env }))).rejects.toMatchObject({
      code: 'microphone_unavailable',
      message: expect.stringMatching(message),
    });
  });

  it('stops the program when its audio is no longer read', async () => {
    const ended = join(folder, 'ended');
    const script = `process.on("SIGTERM", () => { require("node:fs").writeFileSync(${JSON.stringify(ended)}, ""); process.exit(0); });`;
    const env = install('rec', `${script} process.stdout.write("x"); setInterval(() => {}, 1000)`);
    for await (const _ of new Recorder({ env }).audio()) break;
    await expect.poll(() => existsSync(ended)).toBe(true);
  });

  it('ends without an error when it is stopped', async () => {
    const env = install('rec', 'setInterval(() => process.stdout.write("x"), 5)');
    const recorder = new Recorder({ env });
    let heard = '';
    for await (const bytes of recorder.audio()) {
      heard += Buffer.from(bytes).toString();
      recorder.stop();
    }
    expect(heard).toMatch(/^x+$/);
  });
});
