import { describe, expect, it } from 'vitest';
import wavefile from 'wavefile';
import { readWav, type WavAudio } from './read-wav.ts';

/** A second of a sine of 440 Hz on each channel, channel c at 1 / (c + 1) of the level. */
function sine(rateHz: number, channels: number, bits = '16'): WavAudio {
  const values: number[] = [];
  for (let i = 0; i < rateHz; i++) {
    const x = Math.sin((2 * Math.PI * 440 * i) / rateHz);
    for (let c = 0; c < channels; c++) values.push(Math.round((16384 * x) / (c + 1)));
  }
  const file = new wavefile.WaveFile();
  file.fromScratch(channels, rateHz, bits, values);
  return readWav(file.toBuffer());
}

const floats = ({ bytes }: WavAudio): Float32Array => new Float32Array(bytes.slice().buffer);

describe('a file that streams do not take as it is', () => {
  it.each([4000, 96_000, 192_000])('is resampled from %i Hz to 16 kHz with its sound unchanged', (rateHz) => {
    const audio = sine(rateHz, 1);
    expect(audio).toMatchObject({ encoding: 'float32', sampleRateHz: 16_000, channels: 1, seconds: 1 });
    expect(audio.description).toBe(`16-bit, resampled from ${rateHz} Hz`);
    const samples = floats(audio);
    expect(samples).toHaveLength(16_000);
    for (let i = 4000; i < 12_000; i++) {
      expect(Math.abs(samples[i]! - 0.5 * Math.sin((2 * Math.PI * 440 * i) / 16_000))).toBeLessThan(1e-3);
    }
  });

  it('keeps two channels apart while it is resampled', () => {
    const samples = floats(sine(96_000, 2));
    expect(samples).toHaveLength(32_000);
    for (let i = 4000; i < 12_000; i++) expect(samples[2 * i + 1]).toBeCloseTo(samples[2 * i]! / 2, 3);
  });

  it('is mixed to one channel when it has more than two, at its own rate', () => {
    const audio = sine(44_100, 6);
    expect(audio).toMatchObject({ encoding: 'float32', sampleRateHz: 44_100, channels: 1, seconds: 1 });
    expect(audio.description).toBe('16-bit, 6 channels mixed to one');
    const level = (1 + 1 / 2 + 1 / 3 + 1 / 4 + 1 / 5 + 1 / 6) / 6;
    const samples = floats(audio);
    for (let i = 0; i < 1000; i++) {
      const expected = 0.5 * level * Math.sin((2 * Math.PI * 440 * i) / 44_100);
      expect(Math.abs(samples[i]! - expected)).toBeLessThan(1e-4);
    }
  });
});
