import { expect, test } from 'vitest';
import { WaveEnvelope } from './wave-envelope.ts';

const format = { sampleRateHz: 1000, channels: 2 };

test('each channel keeps the lowest and highest sample of 20 ms, however packets are cut', () => {
  const envelope = new WaveEnvelope(format);
  const samples = new Float32Array(80);
  samples[0] = 0.5; // channel 0, bin 0
  samples[3] = -0.25; // channel 1, bin 0
  samples[44] = -1; // channel 0, bin 1
  for (let start = 0; start < 80; start += 6) envelope.add(samples.subarray(start, start + 6));
  expect(envelope.range(0, 0, 1)).toEqual({ low: 0, high: 0.5 });
  expect(envelope.range(1, 0, 1)).toEqual({ low: -0.25, high: 0 });
  expect(envelope.range(0, 0, 2)).toEqual({ low: -1, high: 0.5 });
  expect(envelope.seconds).toBeCloseTo(0.04);
});

test('16-bit samples are scaled to one', () => {
  const envelope = new WaveEnvelope({ sampleRateHz: 1000, channels: 1 });
  envelope.add(new Int16Array([-32768, 16384]));
  expect(envelope.range(0, 0, 1)).toEqual({ low: -1, high: 0.5 });
});

test('a gap moves the clock on and draws nothing', () => {
  const envelope = new WaveEnvelope({ sampleRateHz: 1000, channels: 1 });
  envelope.skip(100_000);
  envelope.add(new Float32Array(20).fill(0.5));
  expect(envelope.seconds).toBeCloseTo(100.02);
  expect(envelope.range(0, 0, 5000)).toEqual({ low: 0, high: 0 });
  expect(envelope.range(0, 5000, 5001)).toEqual({ low: 0, high: 0.5 });
});

test('beyond the longest stream the clock goes on and memory does not', () => {
  const envelope = new WaveEnvelope({ sampleRateHz: 1000, channels: 1 });
  envelope.skip(5 * 3600 * 1000);
  envelope.add(new Float32Array(20).fill(0.5));
  expect(envelope.seconds).toBeCloseTo(5 * 3600 + 0.02);
  expect(envelope.range(0, 0, 1e9)).toEqual({ low: 0, high: 0 });
});
