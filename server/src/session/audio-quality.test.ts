import type { Encoding } from '@undertone/proto';
import { expect, test } from 'vitest';
import { AudioQuality, type QualityProblem } from './audio-quality.ts';

const rate = 8000;

/** Bytes of one second of a tone, written the plain way, clipped at full scale. */
function tone(encoding: Encoding, amplitude: number, channels = 1, only = -1): Uint8Array {
  const samples = Array.from({ length: rate * channels }, (_, i) =>
    only >= 0 && i % channels !== only
      ? 0
      : Math.max(
          -1,
          Math.min(1, amplitude * Math.sin((Math.floor(i / channels) * 2 * Math.PI * 210) / rate)),
        ),
  );
  if (encoding === 'float32') return new Uint8Array(Float32Array.from(samples).buffer);
  if (encoding === 'linear16') {
    return new Uint8Array(Int16Array.from(samples, (x) => Math.round(x * 32_767)).buffer);
  }
  return Uint8Array.from(samples, (x) => (encoding === 'mulaw' ? muLaw(x) : aLaw(x)));
}

/** ITU-T G.711 by its segments. */
function muLaw(x: number): number {
  const magnitude = Math.min(8158, Math.round(Math.abs(x) * 8158)) + 33;
  const exponent = Math.floor(Math.log2(magnitude)) - 5;
  const mantissa = (magnitude >> (exponent + 1)) & 0x0f;
  return ~((x < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

function aLaw(x: number): number {
  const magnitude = Math.min(4095, Math.round(Math.abs(x) * 4095));
  const exponent = magnitude < 64 ? 0 : Math.floor(Math.log2(magnitude)) - 4;
  const mantissa = exponent === 0 ? magnitude >> 1 : (magnitude >> exponent) & 0x0f;
  // As they run on the wire: every second bit inverted.
  return ((x < 0 ? 0 : 0x80) | ((exponent === 0 ? mantissa >> 4 : exponent) << 4) | (mantissa & 0x0f)) ^ 0x55;
}

function problems(
  second: Uint8Array,
  encoding: Encoding,
  { seconds = 70, packetBytes = 333, channels = 1, analysed = [true] } = {},
): QualityProblem[] {
  const quality = new AudioQuality({ encoding, channels, sample_rate: rate });
  const found: QualityProblem[] = [];
  for (let s = 0; s < seconds; s++) {
    for (let at = 0; at < second.length; at += packetBytes) {
      const problem = quality.accept(second.subarray(at, at + packetBytes), analysed);
      if (problem) found.push(problem);
    }
  }
  return found;
}

const encodings: Encoding[] = ['linear16', 'float32', 'mulaw', 'alaw'];

test.each(encodings)('%s speech of any sensible level has no problem', (encoding) => {
  for (const amplitude of [0.02, 0.3, 0.95])
    expect(problems(tone(encoding, amplitude), encoding)).toEqual([]);
});

test.each(encodings)('%s that clips is reported each ten seconds', (encoding) => {
  const found = problems(tone(encoding, 3), encoding);
  expect(new Set(found)).toEqual(new Set(['clipping']));
  expect(found.length).toBeGreaterThanOrEqual(6);
});

test.each(encodings)('%s that is next to silent is reported after a minute, not before', (encoding) => {
  expect(problems(tone(encoding, 0.001), encoding, { seconds: 55 })).toEqual([]);
  expect(problems(tone(encoding, 0.001), encoding)).toHaveLength(1);
  expect(problems(tone(encoding, 0), encoding)).toEqual(['silent']);
});

test('a channel that is not analysed does not count', () => {
  const second = tone('linear16', 3, 2, 1);
  const options = { channels: 2, packetBytes: 640 };
  expect(problems(second, 'linear16', { ...options, analysed: [true, false] })).toEqual(['silent']);
  expect(problems(second, 'linear16', { ...options, analysed: [false, true] })).toContain('clipping');
});
