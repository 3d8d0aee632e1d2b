import { describe, expect, it } from 'vitest';
import { CaptureClock } from './capture-clock.ts';

const at = (pageMs: number, wallMs = pageMs + 1e12) => ({ pageMs, wallMs });

/** 40 ms packets until `endMs`; held ones count when they settle. */
function flow(clock: CaptureClock, startMs: number, endMs: number): number {
  let lost = 0;
  for (let ms = startMs; ms <= endMs; ms += 40) lost += clock.packet(640, at(ms)) ?? 0;
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

  it('finds what is missing when packets come again, once it is known what comes with them', () => {
    const clock = new CaptureClock(16_000);
    flow(clock, 0, 1000);
    expect(clock.packet(640, at(2040))).toBeNull();
    expect(flow(clock, 2080, 2400)).toBe(0);
    expect(clock.packet(640, at(2440))).toBe(16_000);
    expect(clock.packet(640, at(2480))).toBe(0);
  });

  it('does not count what waited in the machine as missing', () => {
    const clock = new CaptureClock(16_000);
    flow(clock, 0, 1000);
    // Three seconds of sleep, one of which was recorded.
    for (let i = 0; i < 25; i++) expect(clock.packet(640, at(4000 + i))).toBeNull();
    expect(flow(clock, 4040, 5000)).toBe(2 * 16_000);
  });

  it('counts a long interruption piece by piece, to its length', () => {
    const clock = new CaptureClock(16_000);
    flow(clock, 0, 1000);
    let lost = 0;
    for (let ms = 1500; ms <= 6500; ms += 500) lost += clock.check(at(ms));
    expect(lost).toBeGreaterThanOrEqual(4 * 16_000);
    lost += flow(clock, 7040, 8000);
    expect(lost).toBe(6 * 16_000);
  });

  it('says when audio stops again before it is known', () => {
    const clock = new CaptureClock(16_000);
    flow(clock, 0, 1000);
    clock.packet(640, at(2040));
    expect(clock.isSettlingOverdue(at(3000))).toBe(false);
    expect(clock.isSettlingOverdue(at(3600))).toBe(true);
    expect(clock.settle(at(3600))).toBe(2.56 * 16_000);
    expect(clock.isSettlingOverdue(at(9000))).toBe(false);
  });

  it('settles at once when audio ends before it is known', () => {
    const clock = new CaptureClock(16_000);
    flow(clock, 0, 1000);
    expect(clock.packet(640, at(2040))).toBeNull();
    expect(clock.settle(at(2100))).toBe(16_960);
    expect(clock.settle(at(2200))).toBe(0);
  });

  it.each([1500, 1600, 2400, 4000, 60_000])(
    'loses nothing when the page was busy for %i ms and the packets of that time come at once',
    (busyMs) => {
      const clock = new CaptureClock(16_000);
      flow(clock, 0, 1000);
      const endMs = 1000 + busyMs;
      let lost = clock.check(at(endMs));
      for (let ms = 1040; ms <= endMs; ms += 40) lost += clock.packet(640, at(endMs, ms + 1e12)) ?? 1e9;
      lost += clock.check(at(endMs + 1));
      expect(lost).toBe(0);
    },
  );

  it('does not believe a wall clock that was set', () => {
    const clock = new CaptureClock(16_000);
    flow(clock, 0, 1000);
    expect(clock.packet(640, at(1040, 2e12))).toBe(0);
    expect(clock.packet(640, at(1080, 1e12))).toBe(0);
  });
});
