import { describe, expect, it } from 'vitest';
import { fileSampleRateHz } from './file-sample-rate.ts';

const bytes = (...parts: (string | number | readonly number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'number') return new Array<number>(part).fill(0);
      return typeof part === 'string' ? [...part].map((letter) => letter.charCodeAt(0)) : [...part];
    }),
  );
const u32 = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);

const files: Readonly<Record<string, readonly [Uint8Array, number]>> = {
  WAV: [bytes('RIFF', 4, 'WAVEfmt ', u32(16), [1, 0, 1, 0], u32(22_050), 8), 22_050],
  'WAV with another chunk of odd length first': [
    bytes('RIFF', 4, 'WAVEJUNK', u32(3), 4, 'fmt ', u32(16), [1, 0, 2, 0], u32(8000), 8),
    8000,
  ],
  // 44100 in 20 bits, then channels and bits.
  FLAC: [bytes('fLaC', [0, 0, 0, 34], 10, [0x0a, 0xc4, 0x42, 0xf0], 10), 44_100],
  Opus: [bytes('OggS', 22, [1, 19], 'OpusHead', [1, 1], 8), 48_000],
  Vorbis: [bytes('OggS', 22, [1, 30], '\x01vorbis', 4, [1], u32(32_000), 8), 32_000],
  MP3: [bytes([0xff, 0xfb, 0x94, 0x64], 100), 48_000],
  'MP3 of half the rate, after a tag': [
    bytes('ID3', [4, 0, 0, 0, 0, 1, 2], 130, [0xff, 0xf3, 0x40, 0]),
    22_050,
  ],
};

describe('fileSampleRateHz', () => {
  it.each(Object.entries(files))('reads that of %s', (_, [file, rateHz]) => {
    expect(fileSampleRateHz(file)).toBe(rateHz);
  });

  it('knows no other', () => {
    for (const other of [bytes(), bytes('RIFF'), bytes([0x1a, 0x45, 0xdf, 0xa3], 40), bytes(4, 'ftypM4A ')]) {
      expect(fileSampleRateHz(other)).toBeNull();
    }
  });

  it('reads files that end early or are damaged without an error', () => {
    let state = 7;
    const random = (below: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state >>> 8) % below;
    };
    for (const [file] of Object.values(files)) {
      for (let length = 0; length < file.length; length++) {
        const cut = file.slice(0, length);
        const found = [fileSampleRateHz(cut)];
        for (let i = 0; i < 20 && length > 0; i++) {
          cut[random(length)] = random(256);
          found.push(fileSampleRateHz(cut));
        }
        for (const rateHz of found) expect(rateHz === null || (rateHz > 0 && rateHz < 2 ** 32)).toBe(true);
      }
    }
  });
});
