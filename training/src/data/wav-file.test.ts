import { describe, expect, it } from 'vitest';
import wavefile from 'wavefile';
import { parseWav } from './wav-file.ts';

const values = [0, 0.5, -0.5, 0.25, -1];

function wav(
  bits: string,
  samples: ArrayLike<number> | ArrayLike<number>[],
  channels = 1,
  rateHz = 16000,
): Uint8Array {
  const file = new wavefile.WaveFile();
  file.fromScratch(channels, rateHz, bits, samples as never);
  return file.toBuffer();
}

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    expect((error as Error).message).toContain('x.wav');
    return (error as { code: string }).code;
  }
  return 'accepted';
};

describe('parseWav', () => {
  it.each([
    ['8', values.map((x) => 128 + Math.round(x * 128)), 1 / 128],
    ['16', values.map((x) => x * 32768), 1e-7],
    ['24', values.map((x) => x * 8388608), 1e-7],
    ['32', values.map((x) => x * 2147483648), 1e-7],
    ['32f', values, 1e-7],
    ['64', values, 1e-7],
  ])('reads samples of width %s', (bits, samples, tolerance) => {
    const { samples: read, sampleRateHz } = parseWav(wav(bits, samples, 1, 22050), 'x.wav');
    expect(sampleRateHz).toBe(22050);
    expect(read.length).toBe(values.length);
    for (const [i, x] of values.entries()) expect(Math.abs(read[i]! - x)).toBeLessThanOrEqual(tolerance);
  });

  it('mixes channels to their mean', () => {
    const stereo = wav(
      '16',
      [
        [16384, 0],
        [0, -32768],
      ],
      2,
    );
    expect([...parseWav(stereo, 'x.wav').samples]).toEqual([0.25, -0.5]);
  });

  it('refuses files that are empty, no WAV, cut off, or longer than they are', () => {
    const whole = wav('16', new Array(100).fill(1000));
    expect(code(() => parseWav(new Uint8Array(0), 'x.wav'))).toBe('bad_wav');
    expect(code(() => parseWav(Buffer.from('RIFFnothing of the kind, really'), 'x.wav'))).toBe('bad_wav');
    expect(code(() => parseWav(whole.subarray(0, 100), 'x.wav'))).toBe('bad_wav');
    expect(code(() => parseWav(whole.subarray(0, 44), 'x.wav'))).toBe('bad_wav');
    const lying = Buffer.from(whole);
    lying.writeUInt32LE(1e6, 40);
    expect(code(() => parseWav(lying, 'x.wav'))).toBe('bad_wav');
    expect(code(() => parseWav(wav('16', []), 'x.wav'))).toBe('bad_wav');
    expect(code(() => parseWav(whole, 'x.wav'))).toBe('accepted');
  });

  it('refuses samples that are no numbers and rates it cannot resample', () => {
    expect(code(() => parseWav(wav('32f', [0, Number.NaN]), 'x.wav'))).toBe('bad_wav');
    expect(code(() => parseWav(wav('16', [0, 1], 1, 500), 'x.wav'))).toBe('bad_wav');
  });
});
