import { describe, expect, it } from 'vitest';
import { CaptureClock } from './capture-clock.ts';

const at = (pageMs: number, wallMs = pageMs + 1e12) => ({ pageMs, wallMs });

/** 40 ms packets until `endMs`. */
function flow(clock: CaptureClock, startMs: number, endMs: number): number {
  let lost = 0;
  for (let ms = startMs; ms <= endMs; ms += 40) lost += clock.packet(640, at(ms));
  return lost;
}

describe('CaptureClock', () => {
  it('misses nothing while packets come, evenly or not', () => {
    const clock = new CaptureClock(16_000);
    expect(flow(clock, 0, 2000)).toBe(0);
    expect(clock.check(at(2010))).toBe(0);
    expect(clock.packet(640, at(2240))).toBe(0);
    expect(clock.packet(640, at(2241))).toBe(0);
  });

  it('finds what is missing when packets come again', () => {
    const clock = new CaptureClock(16_000);
    flow(clock, 0, 1000);
    expect(clock.packet(640, at(2040))).toBe(16_000);
  });

  it('counts a long interruption piece by piece, to its length', () => {
    const clock = new CaptureClock(16_000);
    flow(clock, 0, 1000);
    let lost = 0;
    for (let ms = 1500; ms <= 6500; ms += 1000) lost += clock.check(at(ms));
    expect(lost).toBeGreaterThan(4 * 16_000);
    lost += clock.packet(640, at(7040));
    expect(lost).toBe(6 * 16_000);
  });

  it('loses nothing when the page was busy and the packets of that time come at once', () => {
    const clock = new CaptureClock(16_000);
    flow(clock, 0, 1000);
    clock.check(at(1000));
    let lost = clock.check(at(5000));
    for (let ms = 1040; ms <= 5000; ms += 40) lost += clock.packet(640, at(5000, ms + 1e12));
    expect(lost).toBe(0);
  });

  it('does not believe a wall clock that was set', () => {
    const clock = new CaptureClock(16_000);
    flow(clock, 0, 1000);
    expect(clock.packet(640, at(1040, 2e12))).toBe(0);
    expect(clock.packet(640, at(1080, 1e12))).toBe(0);
  });
});
