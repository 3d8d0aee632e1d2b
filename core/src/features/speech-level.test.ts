import { describe, expect, it } from 'vitest';
import { type LevelConfig, SpeechLevel, smoothMaximum } from './speech-level.ts';

const bands = 64;
const size = bands + 2;
const config: LevelConfig = {
  floor: new Array<number>(bands).fill(-10),
  lead: 5,
  voicedFrames: 3,
  memoryFrames: 3000,
};

/** A frame of one energy in all bands. */
function frame(log: number, f0Hz: number): Float32Array {
  const raw = new Float32Array(size).fill(log, 0, bands);
  raw[bands] = f0Hz;
  return raw;
}

/** Levels after each of the frames, as logarithm of the energy of one band, frames being flat. */
function levels(frames: readonly Float32Array[], overrides: Partial<LevelConfig> = {}): number[] {
  const level = new SpeechLevel(bands, { ...config, ...overrides });
  // Eight groups of bands.
  return frames.map((raw) => level.next(raw, 0) - Math.log(8));
}

const many = (count: number, log: number, f0Hz: number) =>
  Array.from({ length: count }, () => frame(log, f0Hz));

describe('SpeechLevel', () => {
  it('expects speech above what is heard until three voiced frames were heard', () => {
    const found = levels([...many(20, -12, 0), ...many(5, -2, 140)]);
    expect(found[0]).toBeCloseTo(-7, 5);
    expect(found[19]).toBeCloseTo(-7, 5);
    expect(found[21]).toBeLessThan(-5);
    expect(found[22]).toBeCloseTo(-2, 5);
    expect(found[24]).toBeCloseTo(-2, 5);
  });

  it('is not moved by pauses, however long and silent, nor by noise', () => {
    const speech = [frame(-12, 0), ...many(10, -2, 140)];
    const found = levels([...speech, ...many(1000, -13.8, 0), ...many(1000, -1, 0), frame(-2, 140)]);
    expect(found.at(-1)).toBeCloseTo(-2, 5);
  });

  it('takes no hum in the background for speech', () => {
    const found = levels([...many(5, -12, 0), ...many(40, -11.5, 100), ...many(10, -2, 140)]);
    expect(found[44]).toBeLessThan(-6);
    expect(found[44]).toBeGreaterThan(-7);
    expect(found.at(-1)).toBeCloseTo(-2, 5);
  });

  it('follows the loud voiced frames more than the quiet ones', () => {
    const found = levels([frame(-13, 0), ...many(50, -8, 140), ...many(50, -2, 140)], { memoryFrames: 1e9 });
    // Weights of the amplitude, e^-4 and e^-1.
    expect(found.at(-1)).toBeCloseTo(
      (-8 * Math.exp(-4) - 2 * Math.exp(-1)) / (Math.exp(-4) + Math.exp(-1)),
      5,
    );
  });

  it('moves by a gain, and by nothing else', () => {
    const call = [...many(30, -11, 0), ...many(20, -3, 140), ...many(10, -9, 0), ...many(10, -1, 200)];
    const louder = call.map((raw) => raw.map((x, b) => (b < bands ? x + 2.5 : x)));
    const found = levels(louder);
    for (const [i, level] of levels(call).entries()) expect(found[i]! - level).toBeCloseTo(2.5, 5);
  });

  it('forgets, so that a call may become quieter for good', () => {
    const call = [frame(-12, 0), ...many(100, -1, 140), ...many(3000, -5, 140)];
    expect(levels(call, { memoryFrames: 300 }).at(-1)).toBeCloseTo(-5, 2);
    expect(levels(call, { memoryFrames: 1e9 }).at(-1)).toBeGreaterThan(-4.5);
  });

  it('takes up bands that do not fill the last group', () => {
    const level = new SpeechLevel(12, { ...config, voicedFrames: 1 });
    const raw = new Float32Array(14).fill(-9, 0, 12);
    level.next(raw, 0);
    raw.fill(-3, 0, 12);
    raw[12] = 140;
    expect(level.next(raw, 0)).toBeCloseTo(-3 + Math.log(2), 5);
  });
});

describe('smoothMaximum', () => {
  it('is the larger far apart and the sum of the energies where both are equal', () => {
    expect(smoothMaximum(-2, -60)).toBeCloseTo(-2, 1);
    expect(smoothMaximum(-60, -2)).toBeCloseTo(-2, 1);
    expect(smoothMaximum(-5, -5)).toBeCloseTo(-5 + Math.log(2), 3);
  });
});
