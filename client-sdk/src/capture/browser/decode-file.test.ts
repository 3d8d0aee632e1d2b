import { describe, expect, it } from 'vitest';
import { decodePlainWav } from './decode-file.ts';

/** With a chunk of odd length first, so that the samples begin at an odd place. */
function wav(channels: number, sampleRateHz: number, bits: number, data: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(12 + 10 + 24 + 8 + data.length);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEjunk', 8);
  bytes.writeUInt32LE(1, 16);
  bytes.write('fmt ', 22);
  bytes.writeUInt32LE(16, 26);
  bytes.writeUInt16LE(1, 30);
  bytes.writeUInt16LE(channels, 32);
  bytes.writeUInt32LE(sampleRateHz, 34);
  bytes.writeUInt16LE(bits, 44);
  bytes.write('data', 46);
  bytes.writeUInt32LE(data.length, 50);
  bytes.set(data, 54);
  return bytes;
}

describe('decodePlainWav', () => {
  it('gives the very samples of each part', () => {
    const audio = decodePlainWav(wav(2, 44_100, 16, [1, 0, 2, 0, 255, 255, 4, 0, 0, 128, 255, 127]))!;
    expect(audio).toMatchObject({ sampleRateHz: 44_100, channels: 2, samples: 3 });
    expect([...audio.read(0, 1), ...audio.read(1, 3)]).toEqual([1, 2, -1, 4, -32768, 32767]);
  });

  it('leaves all else to the browser', () => {
    expect(decodePlainWav(wav(1, 16_000, 16, [1, 0]))).not.toBeNull();
    expect(decodePlainWav(wav(1, 16_000, 24, [1, 0, 0]))).toBeNull();
    expect(decodePlainWav(wav(3, 16_000, 16, [1, 0, 1, 0, 1, 0]))).toBeNull();
    expect(decodePlainWav(wav(1, 96_000, 16, [1, 0]))).toBeNull();
    expect(decodePlainWav(wav(1, 16_000, 16, []))).toBeNull();
    expect(decodePlainWav(wav(1, 16_000, 16, [1, 0]).subarray(0, 50))).toBeNull();
    expect(decodePlainWav(new Uint8Array())).toBeNull();
  });
});
