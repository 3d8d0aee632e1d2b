import { expect, test } from 'vitest';
import { LatencyMeter } from './latency-meter.ts';

test('latency counts from the packet that brought the last sample', () => {
  const meter = new LatencyMeter();
  meter.sent(0.1, 1000);
  meter.sent(0.2, 1100);
  meter.sent(0.3, 1200);
  expect(meter.arrived(0.2, false, 1150)).toBe(50);
  expect(meter.arrived(0.201, false, 1150)).toBe(50);
  expect(meter.arrived(0.25, false, 1260)).toBe(60);
});

test('a result of audio that was never sent, or long ago, has none', () => {
  const meter = new LatencyMeter();
  expect(meter.arrived(1, false, 0)).toBeNull();
  for (let packet = 1; packet <= 10_000; packet += 1) meter.sent(packet / 10, packet);
  expect(meter.arrived(2000, false, 20_000)).toBeNull();
  expect(meter.arrived(1, false, 20_000)).toBeNull();
  expect(meter.arrived(999, false, 10_000)).toBe(10);
});

test('figures are of interim results: a final waits for the pause behind it', () => {
  const meter = new LatencyMeter();
  meter.sent(10, 0);
  expect(meter.figures()).toBeNull();
  for (let ms = 1; ms <= 100; ms += 1) meter.arrived(10, false, ms);
  expect(meter.arrived(10, true, 700)).toBe(700);
  expect(meter.figures()).toEqual({ count: 100, medianMs: 50, p95Ms: 95 });
  expect(meter.points).toHaveLength(100);
});
