import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import wavefile from 'wavefile';
import { resample } from '../preprocess/speed.ts';
import { readAudioFile } from './audio-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-audio-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rateHz = 16000;
const count = 16123;
/** A voice-like glide, so that a shift of one sample shows. */
const original = Float32Array.from({ length: count }, (_, n) => {
  const t = n / rateHz;
  return 0.3 * Math.sin(2 * Math.PI * (200 * t + 300 * t * t)) + 0.2 * Math.sin(2 * Math.PI * 1700 * t);
});

const source = join(folder, 'source.wav');
const at = (name: string): string => join(folder, name);
const ffmpeg = (name: string, ...options: string[]): string => {
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', source, ...options, at(name)]);
  return at(name);
};
const sox = (name: string, options: string[], effects: string[] = []): string => {
  execFileSync('sox', ['-D', source, ...options, at(name), ...effects]);
  return at(name);
};

/** Signal-to-error ratio in dB over the samples that both have. */
function agreementDb(found: Float32Array, expected: Float32Array): number {
  let signal = 0;
  let error = 0;
  for (let n = 0; n < Math.min(found.length, expected.length); n++) {
    signal += expected[n]! ** 2;
    error += (found[n]! - expected[n]!) ** 2;
  }
  return 10 * Math.log10(signal / (error + 1e-20));
}

beforeAll(() => {
  const wav = new wavefile.WaveFile();
  wav.fromScratch(1, rateHz, '32f', original as never);
  writeFileSync(source, wav.toBuffer());
});

describe('readAudioFile', () => {
  it.each([
    ['u8', ['-b', '8', '-e', 'unsigned-integer'], 35],
    ['s16', ['-b', '16', '-e', 'signed-integer'], 80],
    ['s24', ['-b', '24', '-e', 'signed-integer'], 120],
    ['s32', ['-b', '32', '-e', 'signed-integer'], 130],
    ['f32', ['-b', '32', '-e', 'floating-point'], 130],
    ['f64', ['-b', '64', '-e', 'floating-point'], 130],
    ['mulaw', ['-e', 'mu-law'], 30],
    ['alaw', ['-e', 'a-law'], 30],
  ])('reads WAV of encoding %s', async (name, options, leastDb) => {
    const { samples, sampleRateHz, format } = await readAudioFile(sox(`${name}.wav`, options));
    expect([samples.length, sampleRateHz, format]).toEqual([count, rateHz, 'wav']);
    expect(agreementDb(samples, original)).toBeGreaterThan(leastDb);
  });

  it('takes the mean of the channels of an extensible WAV, integer or float', async () => {
    // Six channels make ffmpeg write WAVE_FORMAT_EXTENSIBLE; the source is in two of them.
    const pan = ['-af', 'pan=5.1|FL=c0|FR=c0|FC=0*c0|LFE=0*c0|BL=0*c0|BR=0*c0'];
    for (const codec of ['pcm_s24le', 'pcm_f32le']) {
      const path = ffmpeg(`${codec}.wav`, ...pan, '-c:a', codec);
      expect(readFileSync(path).readUInt16LE(20)).toBe(0xfffe);
      const { samples, channels } = await readAudioFile(path);
      expect([samples.length, channels]).toEqual([count, 6]);
      expect(
        agreementDb(
          samples.map((x) => 3 * x),
          original,
        ),
      ).toBeGreaterThan(110);
    }
  });

  it('keeps the rate of a file, low or high', async () => {
    for (const hz of [8000, 11025, 44100, 96000]) {
      const path = sox(`${hz}.wav`, ['-r', `${hz}`, '-b', '24']);
      expect((await readAudioFile(path)).sampleRateHz).toBe(hz);
    }
  });

  it('reads FLAC without loss, whatever the file is called', async () => {
    const path = ffmpeg('x.flac', '-c:a', 'flac', '-sample_fmt', 's16');
    const { samples, format } = await readAudioFile(path);
    expect([samples.length, format]).toEqual([count, 'flac']);
    expect(agreementDb(samples, original)).toBeGreaterThan(80);
    writeFileSync(at('named.wav'), readFileSync(path));
    expect(await readAudioFile(at('named.wav'))).toEqual({
      samples,
      format,
      channels: 1,
      sampleRateHz: rateHz,
    });
  });

  it('reads FLAC of any width, length and number of channels, to the last sample', async () => {
    // Lengths about a block of 4096 samples: a short last block is lost by some decoders.
    for (const samples of [1, 100, 4096, 4097, 8200, 16123]) {
      const path = sox(`${samples}.flac`, ['-b', '16'], ['trim', '0', `${samples}s`]);
      expect((await readAudioFile(path)).samples.length).toBe(samples);
    }
    const wide = ffmpeg(
      'wide.flac',
      '-af',
      'pan=stereo|FL=c0|FR=c0',
      '-ar',
      '96000',
      '-c:a',
      'flac',
      '-sample_fmt',
      's32',
    );
    const { samples, sampleRateHz, channels } = await readAudioFile(wide);
    expect([samples.length, sampleRateHz, channels]).toEqual([count * 6, 96000, 2]);
    expect(agreementDb(resample(samples, 96000), original)).toBeGreaterThan(60);
    const bits8 = sox('b8.flac', ['-b', '8']);
    expect(agreementDb((await readAudioFile(bits8)).samples, original)).toBeGreaterThan(35);
  });

  it('reads Ogg Opus without the delay of the encoder, as ffmpeg does', async () => {
    const path = ffmpeg('x.opus', '-c:a', 'libopus', '-b:a', '96k');
    const { samples, sampleRateHz, format } = await readAudioFile(path);
    expect([sampleRateHz, format]).toEqual([48000, 'opus']);
    expect(samples.length).toBe(count * 3);
    // A shift by the 312 samples of pre-skip would give a negative figure.
    expect(agreementDb(resample(samples, 48000), original)).toBeGreaterThan(15);
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      '-c:a',
      'libopus',
      '-i',
      path,
      '-c:a',
      'pcm_f32le',
      at('o.wav'),
    ]);
    const reference = (await readAudioFile(at('o.wav'))).samples;
    expect(reference.length).toBe(samples.length);
    // ffmpeg rounds to 16 bits.
    expect(agreementDb(samples, reference)).toBeGreaterThan(80);
  });

  it('reads Opus of two and of six channels, and of many pages', async () => {
    const stereo = ffmpeg('s.opus', '-c:a', 'libopus', '-ac', '2', '-b:a', '128k');
    expect(await readAudioFile(stereo)).toMatchObject({ channels: 2 });
    const six = ['-af', 'pan=5.1|FL=c0|FR=c0|FC=c0|LFE=c0|BL=c0|BR=c0', '-c:a', 'libopus'];
    const surround = await readAudioFile(ffmpeg('six.opus', ...six, '-page_duration', '60000'));
    expect([surround.channels, surround.samples.length]).toEqual([6, count * 3]);
  });

  it('reads MP3 through ffmpeg, without padding', async () => {
    const path = ffmpeg('x.mp3', '-c:a', 'libmp3lame', '-b:a', '64k');
    const { samples, sampleRateHz, format } = await readAudioFile(path);
    expect([samples.length, sampleRateHz, format]).toEqual([count, rateHz, 'mp3']);
    expect(agreementDb(samples, original)).toBeGreaterThan(15);
  });

  it('reads stereo MP3 without tags, and AAC, as ffmpeg does', async () => {
    const bare = ffmpeg('bare.mp3', '-ac', '2', '-write_xing', '0', '-id3v2_version', '0', '-f', 'mp3');
    expect(await readAudioFile(bare)).toMatchObject({ channels: 2, format: 'mp3', sampleRateHz: rateHz });
    expect(await readAudioFile(ffmpeg('x.m4a', '-c:a', 'aac'))).toMatchObject({ format: 'other' });
  });

  it('says what is missing when ffmpeg is not installed', async () => {
    const path = ffmpeg('y.mp3', '-c:a', 'libmp3lame');
    const before = process.env.PATH;
    process.env.PATH = folder;
    try {
      await expect(readAudioFile(path)).rejects.toMatchObject({
        code: 'unsupported_format',
        message: expect.stringContaining('y.mp3: MP3 is decoded by the program ffmpeg'),
      });
    } finally {
      process.env.PATH = before;
    }
  });

  it('reads part of a recording, to the sample, and refuses what lies behind its end', async () => {
    const path = ffmpeg('part.flac', '-c:a', 'flac', '-sample_fmt', 's16');
    const whole = await readAudioFile(path);
    const { samples } = await readAudioFile(path, 0.25, 0.75);
    expect(samples).toEqual(whole.samples.slice(4000, 12000));
    await expect(readAudioFile(path, 5)).rejects.toThrow(
      'part.flac: expected audio from 5 s on; found 1.008 s of audio.',
    );
  });

  it.each([
    ['empty.wav', () => new Uint8Array(0), 'bad_wav', 'an empty file'],
    ['text.wav', () => Buffer.from('not audio, but a note'), 'unsupported_format', '"not audio, b"'],
    [
      'cut.flac',
      () => readFileSync(ffmpeg('whole.flac', '-c:a', 'flac')).subarray(0, 9000),
      'bad_audio',
      '16123',
    ],
    ['broken.mp3', () => Buffer.from('ID3 but nothing of music'), 'bad_audio', 'ffmpeg'],
    [
      'broken.opus',
      () => readFileSync(ffmpeg('whole.opus')).subarray(0, 60),
      'bad_audio',
      'expected Ogg Opus',
    ],
  ])('refuses %s and names it', async (name, make, code, words) => {
    writeFileSync(at(name), make());
    const reading = readAudioFile(at(name));
    await expect(reading).rejects.toMatchObject({ code });
    await expect(reading).rejects.toThrow(words);
    await expect(reading).rejects.toThrow(name);
  });

  it('names a file that does not exist', async () => {
    await expect(readAudioFile(at('none.wav'))).rejects.toMatchObject({ code: 'file_not_found' });
  });
});
