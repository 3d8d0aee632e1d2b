import { describe, expect, it } from 'vitest';
import { type AudioLevel, LevelMeter, silentLevel } from './level-meter.ts';

/** Levels of a second in packets of 40 ms. */
function levels(sample: (i: number) => number): AudioLevel[] {
  const meter = new LevelMeter(16_000, 1);
  const found: AudioLevel[] = [];
  for (let start = 0; start < 16_000; start += 640) {
    let sum = 0;
    let peak = 0;
    for (let i = start; i < start + 640; i++) {
      sum += sample(i) ** 2;
      peak = Math.max(peak, Math.abs(sample(i)));
    }
    const level = meter.add(sum, peak, 640);
    if (level) found.push(level);
  }
  return found;
}

describe('LevelMeter', () => {
  it('measures a sine at full scale as -3 dB, its peak as 0', () => {
    const found = levels((i) => Math.sin((2 * Math.PI * 440 * i) / 16_000));
    expect(found.length).toBeGreaterThanOrEqual(12);
    for (const { rmsDbfs, peakDbfs } of found) {
      expect(rmsDbfs).toBeCloseTo(-3.01, 1);
      expect(peakDbfs).toBeCloseTo(0, 1);
    }
  });

  it('measures a tenth of it 20 dB lower', () => {
    expect(levels(() => 0.1)[0]).toEqual({ rmsDbfs: expect.closeTo(-20), peakDbfs: expect.closeTo(-20) });
  });

  it('measures silence as a number', () => {
    expect(levels(() => 0)[0]).toEqual(silentLevel);
  });
});
