import { describe, expect, it } from 'vitest';
import { packetSizes, packets, readGoldenWav } from '../../../test/support/golden.ts';
import { Resampler } from './resampler.ts';

const pairs = [
  [8000, 16000],
  [11025, 16000],
  [12000, 16000],
  [22050, 16000],
  [24000, 16000],
  [32000, 16000],
  [44100, 16000],
  [48000, 16000],
  [8001, 16000],
  [47999, 16000],
  [16000, 8000],
] as const;

function tone(hz: number, rate: number, samples: number): Float32Array {
  return Float32Array.from({ length: samples }, (_, n) => Math.sin((2 * Math.PI * hz * n) / rate));
}

function resample(
  fromHz: number,
  toHz: number,
  samples: Float32Array,
  packet = samples.length,
): Float32Array {
  const resampler = new Resampler(fromHz, toHz);
  const parts = [...packets(samples, packet)].map((part) => resampler.process(part).slice());
  parts.push(resampler.flush().slice());
  const output = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    output.set(part, offset);
    offset += part.length;
  }
  return output;
}

/** Largest magnitude away from the first and last 50 ms, where the tone begins and ends abruptly. */
function innerPeak(signal: Float32Array, rate: number): number {
  return signal.subarray(rate / 20, -rate / 20).reduce((peak, value) => Math.max(peak, Math.abs(value)), 0);
}

describe('Resampler', () => {
  for (const [fromHz, toHz] of pairs) {
    const nyquist = Math.min(fromHz, toHz) / 2;

    it(`carries tones up to 0.9 of the lower Nyquist from ${fromHz} to ${toHz} Hz, in time and without images`, () => {
      for (let part = 1; part <= 18; part++) {
        const hz = (0.9 * nyquist * part) / 18;
        const output = resample(fromHz, toHz, tone(hz, fromHz, fromHz / 2));
        const wanted = tone(hz, toHz, output.length);
        const error = innerPeak(
          output.map((value, n) => value - wanted[n]!),
          toHz,
        );
        // 1e-4 (-80 dB) covers amplitude (0.1 dB would be 1.2e-2), delay and images at once.
        expect(error, `${hz} Hz`).toBeLessThan(1e-4);
      }
    });

    if (fromHz > toHz) {
      it(`lets nothing above ${toHz / 2} Hz through from ${fromHz} to ${toHz} Hz`, () => {
        for (let part = 0; part < 20; part++) {
          const hz = nyquist + 1 + ((fromHz / 2 - nyquist - 2) * part) / 19;
          const output = resample(fromHz, toHz, tone(hz, fromHz, fromHz / 2));
          expect(innerPeak(output, toHz), `${hz} Hz`).toBeLessThan(1e-4);
        }
      });
    }

    it(`gives the same samples from ${fromHz} to ${toHz} Hz whatever the packets`, () => {
      const speech = readGoldenWav('speech_angry_f').subarray(4000, 14000);
      const whole = resample(fromHz, toHz, speech);
      expect(whole.length).toBe(Math.ceil((speech.length * toHz) / fromHz));
      for (const size of packetSizes) expect(resample(fromHz, toHz, speech, size)).toEqual(whole);
    });
  }

  it('keeps a constant constant to its last sample but the edges', () => {
    const output = resample(44100, 16000, new Float32Array(22050).fill(0.5), 160);
    expect(
      innerPeak(
        output.map((value) => value - 0.5),
        16000,
      ),
    ).toBeLessThan(1e-6);
  });

  it('copies the input into every second sample when the rate doubles', () => {
    const input = readGoldenWav('phone_8k');
    const output = resample(8000, 16000, input);
    expect(output.filter((_, n) => n % 2 === 0)).toEqual(input);
  });

  it('passes 16 kHz through untouched', () => {
    const samples = tone(440, 16000, 320);
    const resampler = new Resampler(16000);
    expect(resampler.process(samples)).toBe(samples);
    expect(resampler.flush().length).toBe(0);
  });

  it('starts afresh after flush', () => {
    const samples = tone(440, 8000, 800);
    const resampler = new Resampler(8000);
    const run = (): Float32Array => Float32Array.of(...resampler.process(samples), ...resampler.flush());
    const first = run();
    expect(run()).toEqual(first);
    expect(first.length).toBe(1600);
  });

  it('has nothing to flush when nothing came', () => {
    expect(new Resampler(48000).flush().length).toBe(0);
  });

  it('refuses rates outside its range, naming the range', () => {
    for (const rate of [999, 384001, 16000.5, Number.NaN]) {
      expect(() => new Resampler(rate)).toThrow(
        `sample rate must be an integer in [1000, 384000] Hz, got ${rate}`,
      );
    }
    expect(() => new Resampler(16000, 400)).toThrow('got 400');
  });
});
