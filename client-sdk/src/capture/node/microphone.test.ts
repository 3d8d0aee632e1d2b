import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AudioInput } from '../../client/audio-input.ts';
import { microphone } from './microphone.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'undertone-microphone-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** In place of rec; its audio is what the script writes. */
function install(script: string): NodeJS.ProcessEnv {
  writeFileSync(join(folder, 'rec'), `#!${process.execPath}\n${script}\n`);
  chmodSync(join(folder, 'rec'), 0o755);
  return { PATH: folder };
}

async function read(input: AudioInput): Promise<{ bytes: Buffer; lostSamples: number }> {
  const parts: Uint8Array[] = [];
  let lostSamples = 0;
  for await (const part of input) {
    if ('lostSamples' in part) lostSamples += part.lostSamples;
    else parts.push(part as Uint8Array);
  }
  return { bytes: Buffer.concat(parts), lostSamples };
}

const endless = 'setInterval(() => process.stdout.write("sample"), 5)';

describe('microphone', () => {
  it('gives what is recorded in whole samples, and says what they are', async () => {
    const pieces = 'for (const part of ["abc", "de", "fgh"]) require("node:fs").writeSync(1, part)';
    const input = await microphone({ env: install(pieces) });
    expect(input.format).toEqual({ encoding: 'linear16', sampleRateHz: 16_000, channels: 1 });
    expect(input.settings).toEqual({ deviceKind: 'microphone', program: 'sox' });
    for await (const part of input) expect((part as Uint8Array).length % 2).toBe(0);
    const again = await microphone({ env: install(pieces) });
    expect((await read(again)).bytes.toString()).toBe('abcdefgh');
  });

  it('keeps the newest when nobody reads; the time of the rest is a gap', async () => {
    const twoSeconds =
      'require("node:fs").writeSync(1, Buffer.alloc(64000, 1)); require("node:fs").writeSync(1, Buffer.alloc(64000, 2));';
    const done = join(folder, 'done');
    const script = `${twoSeconds} require("node:fs").writeFileSync(${JSON.stringify(done)}, "");`;
    const input = await microphone({ env: install(script), maxQueuedMs: 1000 });
    await expect.poll(() => existsSync(done)).toBe(true);
    // The pipe is read by then or soon.
    await input.stop();
    const { bytes, lostSamples } = await read(input);
    expect(lostSamples + bytes.length / 2).toBe(64_000);
    expect(bytes.length).toBeLessThanOrEqual(32_000);
    expect(bytes.every((byte) => byte === 2)).toBe(true);
  });

  it('ends after what was recorded when it is stopped, twice too', async () => {
    const input = await microphone({ env: install(endless) });
    const first = await input[Symbol.asyncIterator]().next();
    expect(first.done).toBe(false);
    await Promise.all([input.stop(), input.stop()]);
    expect((await read(input)).bytes.length % 2).toBe(0);
  });

  it('ends with what the program said when it fails', async () => {
    const input = await microphone({ env: install('console.error("no device"); process.exitCode = 2') });
    await expect(read(input)).rejects.toMatchObject({
      code: 'microphone_unavailable',
      message: expect.stringContaining('no device'),
    });
  });

  it('ends with aborted when the signal says so', async () => {
    const caller = new AbortController();
    const input = await microphone({ env: install(endless), signal: caller.signal });
    const reading = read(input);
    caller.abort();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
    await expect(microphone({ env: install(endless), signal: caller.signal })).rejects.toMatchObject({
      code: 'aborted',
    });
  });

  it('takes the program it is told, or says that it is missing', async () => {
    await expect(microphone({ env: install(endless), program: 'ffmpeg' })).rejects.toMatchObject({
      code: 'microphone_unavailable',
      message: expect.stringMatching(/^Expected ffmpeg in PATH to record with; got none/),
    });
  });
});
