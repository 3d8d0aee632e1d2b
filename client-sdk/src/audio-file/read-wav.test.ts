import { describe, expect, it } from 'vitest';
import wavefile from 'wavefile';
import { readWav } from './read-wav.ts';

const samples = [0, 0.5, -0.5, 0.25, -1, 0.125];

/** Written by a library of its own, so that reader and writer cannot share a mistake. */
function wav(bits: string, values: readonly number[] = samples, channels = 1, rateHz = 16_000): Uint8Array {
  const file = new wavefile.WaveFile();
  file.fromScratch(channels, rateHz, bits, [...values]);
  return file.toBuffer();
}

function floats(bytes: Uint8Array): number[] {
  return [...new Float32Array(bytes.slice().buffer)];
}

function patched(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(offset, value, true);
  return copy;
}

const codeOf = (bytes: Uint8Array, name?: string): string => {
  try {
    readWav(bytes, name);
    return 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('readWav', () => {
  it('keeps 16-bit samples as they are', () => {
    const audio = readWav(wav('16', [0, 1, -1, 32767, -32768, 2], 2, 44_100));
    expect(audio).toMatchObject({
      encoding: 'linear16',
      sampleRateHz: 44_100,
      channels: 2,
      seconds: 3 / 44_100,
    });
    expect([...new Int16Array(audio.bytes.slice().buffer)]).toEqual([0, 1, -1, 32767, -32768, 2]);
  });

  it.each(['8m', '8a'])('keeps the bytes of %s', (bits) => {
    const file = new wavefile.WaveFile();
    file.fromScratch(1, 8000, '16', [0, 1000, -1000, 5]);
    if (bits === '8m') file.toMuLaw();
    else file.toALaw();
    const expected = (file.data as { samples: Uint8Array }).samples;
    const audio = readWav(file.toBuffer());
    expect(audio.encoding).toBe(bits === '8m' ? 'mulaw' : 'alaw');
    expect([...audio.bytes]).toEqual([...expected].slice(0, 4));
  });

  it.each([
    ['8', (x: number) => 128 + x * 128],
    ['24', (x: number) => x * 2 ** 23],
    ['32', (x: number) => x * 2 ** 31],
    ['32f', (x: number) => x],
    ['64', (x: number) => x],
  ])('turns samples of %s bits into the same floats', (bits, toFile) => {
    const audio = readWav(wav(bits, samples.map(toFile)));
    expect(audio.encoding).toBe('float32');
    expect(floats(audio.bytes)).toEqual(samples);
  });

  it('reads float samples under an extensible header', () => {
    const plain = wav('32f');
    const bytes = new Uint8Array(plain.length + 24);
    const data = plain.subarray(plain.length - samples.length * 4);
    bytes.set(plain.subarray(0, 36));
    const view = new DataView(bytes.buffer);
    view.setUint32(4, 4 + 48 + 8 + data.length, true);
    view.setUint32(16, 40, true);
    view.setUint16(20, 0xfffe, true);
    view.setUint16(36, 22, true);
    view.setUint16(44, 3, true);
    bytes.set(new TextEncoder().encode('data'), 60);
    view.setUint32(64, data.length, true);
    bytes.set(data, 68);
    expect(floats(readWav(bytes.subarray(0, 68 + data.length)).bytes)).toEqual(samples);
  });

  it('skips chunks that it does not know, even damaged ones', () => {
    const plain = wav('24', [1, 2, 3, 4]);
    const extra = new TextEncoder().encode('cue \x04\0\0\0\xff\xff\xff\x7f');
    const bytes = new Uint8Array([...plain.subarray(0, 36), ...extra.subarray(0, 12), ...plain.subarray(36)]);
    expect(readWav(patched(bytes, 4, bytes.length - 8)).bytes).toHaveLength(16);
  });

  it('refuses as bad_wav what is empty, cut off or lies about its length', () => {
    const good = wav('16', [1, 2, 3, 4]);
    expect(codeOf(good)).toBe('none');
    expect(codeOf(new Uint8Array(0))).toBe('bad_wav');
    expect(codeOf(good.subarray(0, 20))).toBe('bad_wav');
    expect(codeOf(good.subarray(0, good.length - 4))).toBe('bad_wav');
    expect(codeOf(patched(good, 40, 1_000_000))).toBe('bad_wav');
    expect(codeOf(patched(good, 40, 4))).toBe('bad_wav');
    expect(codeOf(patched(good, 4, 0xffffffff))).toBe('bad_wav');
    expect(codeOf(patched(good, 4, 10))).toBe('bad_wav');
    expect(codeOf(wav('16', []))).toBe('bad_wav');
    expect(codeOf(new TextEncoder().encode('this is text, not sound'), 'note.wav')).toBe('bad_wav');
  });

  it('says how to repair a file that was written to a pipe', () => {
    const piped = patched(wav('16', [1, 2, 3, 4]), 4, 0xffffffff);
    expect(() => readWav(piped, "my call's.wav")).toThrow(
      `got 0xFFFFFFFF, "unknown"; the file is cut off or its header was never finished (ffmpeg -i 'my call'\\''s.wav' -c copy 'my call'\\''s-repaired.wav' may help).`,
    );
  });

  it('reads chunks of odd size before and behind the audio', () => {
    const file = new wavefile.WaveFile();
    file.fromScratch(1, 8000, '16', [0, 1000, -1000]);
    file.toMuLaw();
    const codes = (file.data as { samples: Uint8Array }).samples.subarray(0, 3);
    const chunk = (name: string, body: number[]): number[] => {
      const size = [...new Uint8Array(Uint32Array.of(body.length).buffer)];
      return [...Buffer.from(name), ...size, ...body, ...(body.length % 2 ? [0] : [])];
    };
    const format = chunk('fmt ', [7, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x40, 0x1f, 0, 0, 1, 0, 8, 0]);
    const body = [
      ...chunk('junk', [1, 2, 3]),
      ...format,
      ...chunk('data', [...codes]),
      ...chunk('LIST', [9]),
    ];
    const bytes = Uint8Array.from([...chunk('RIFF', [...Buffer.from('WAVE'), ...body])]);
    expect([...readWav(bytes).bytes]).toEqual([...codes]);
  });

  it('refuses a block size that does not fit the bits', () => {
    const bytes = wav('16', [1, 2, 3, 4]);
    new DataView(bytes.buffer).setUint16(32, 3, true);
    expect(codeOf(bytes)).toBe('bad_wav');
  });

  it.each([
    ['FLAC', 'fLaC\0\0\0\x22', /FLAC.*ffmpeg -i song\.x -c:a pcm_s16le song-converted\.wav/],
    ['Ogg', 'OggS\0\x02', /Ogg/],
    ['MP3 with a tag', 'ID3\x04', /MP3/],
    ['RF64', 'RF64\xff\xff\xff\xffWAVE', /RF64/],
    ['something else', 'xyz', /no audio format/],
  ])('refuses %s as unsupported_format, with a line that converts it', (_, head, message) => {
    const bytes = Uint8Array.from(head, (character) => character.charCodeAt(0));
    expect(() => readWav(bytes, 'song.x')).toThrow(
      expect.objectContaining({ code: 'unsupported_format', message: expect.stringMatching(message) }),
    );
  });

  it('refuses rates that are none and ADPCM as unsupported_format', () => {
    expect(() => readWav(wav('16', samples, 1, 999))).toThrow(/1000 to 384000 Hz; got 999 Hz.*-ar 16000/);
    expect(() => readWav(wav('16', samples, 1, 400_000))).toThrow(/got 400000 Hz/);
    const adpcm = new wavefile.WaveFile();
    adpcm.fromScratch(1, 8000, '16', new Array(1000).fill(1));
    adpcm.toIMAADPCM();
    expect(() => readWav(adpcm.toBuffer())).toThrow(/got IMA ADPCM of 4 bits/);
  });
});
