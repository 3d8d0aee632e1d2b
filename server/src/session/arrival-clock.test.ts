import { expect, test } from 'vitest';
import { ArrivalClock } from './arrival-clock.ts';

const interim = { type: 'Emotion', isFinal: false, fromFinalize: false } as const;
const final = { type: 'Emotion', isFinal: true, fromFinalize: false } as const;

/** One packet of 100 ms every 100 ms, packet i arriving at 1000 + 100 i. */
function clockWithPackets(packets: number): ArrivalClock {
  const clock = new ArrivalClock(8000, 500);
  for (let i = 0; i < packets; i++) clock.received((i + 1) * 1600, 1000 + 100 * i);
  return clock;
}

test('an interim needs the packet that completes its last frame', () => {
  const clock = clockWithPackets(50);
  // Ends 1 sample short of letting its last frame end with packet 9.
  expect(clock.neededAtMs({ ...interim, endSample: 16_000 - 240 })).toBe(1900);
  expect(clock.neededAtMs({ ...interim, endSample: 16_000 })).toBe(2000);
});

test('a final needs the pause behind it', () => {
  expect(clockWithPackets(50).neededAtMs({ ...final, endSample: 16_000 })).toBe(2500);
});

test('a final that was asked for needs the request only', () => {
  const clock = clockWithPackets(12);
  clock.boundary(2222);
  expect(clock.neededAtMs({ ...final, endSample: 16_000 })).toBe(2222);
  expect(clock.neededAtMs({ ...final, fromFinalize: true, endSample: 3200 })).toBe(2222);
});

test('what has not arrived or is forgotten counts from the latest packet', () => {
  const clock = clockWithPackets(1000);
  expect(clock.neededAtMs({ ...interim, endSample: 10_000_000 })).toBe(1000 + 99_900);
  expect(clock.neededAtMs({ ...interim, endSample: 640 })).toBe(1000 + 99_900);
});
