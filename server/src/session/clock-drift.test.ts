import { expect, test } from 'vitest';
import { ClockDrift } from './clock-drift.ts';

/** Ratios reported over five minutes of 100 ms packets that come `speed` times as fast as they should. */
function reported(speed: number, jitterMs = 0): number[] {
  const drift = new ClockDrift();
  const found: number[] = [];
  for (let i = 0; i * 100 < 300_000 * speed; i++) {
    const ratio = drift.received(0.1, (i * 100) / speed + (i % 7) * jitterMs);
    if (ratio !== null) found.push(ratio);
  }
  return found;
}

test('audio at the pace of the clock is not reported, whatever the network adds', () => {
  expect(reported(1)).toEqual([]);
  expect(reported(1, 60)).toEqual([]);
  expect(reported(1.005)).toEqual([]);
});

test('audio that is a twentieth too fast or too slow is reported each minute, with by how much', () => {
  for (const speed of [0.95, 1.05]) {
    const found = reported(speed);
    expect(found.length).toBeGreaterThanOrEqual(4);
    for (const ratio of found) expect(ratio).toBeCloseTo(speed, 2);
  }
});

test('a file and a sender that has stopped are not', () => {
  expect(reported(20)).toEqual([]);
  expect(reported(0.1)).toEqual([]);
});
