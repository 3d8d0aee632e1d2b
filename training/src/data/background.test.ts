import { defaultFeatureConfig } from '@undertone/core';
import { describe, expect, it } from 'vitest';
import { clipLevels } from '../features/clip-features.ts';
import { RoomChange } from './background.ts';
import type { AugmentationOptions } from './batch-options.ts';
import { Random } from './random.ts';

const size = 66;
const frames = 200;
const floor = Math.log(1e-6);

const options: AugmentationOptions = {
  wideGainProbability: 0,
  narrowGainDb: 6,
  wideGainLowDb: -24,
  wideGainHighDb: 12,
  backgroundProbability: 0,
  backgroundLowDb: 15,
  backgroundHighDb: 70,
  studioProbability: 0,
  equaliserProbability: 0,
  equaliserDb: 6,
  dynamicsProbability: 0,
  dynamicsLow: 0.6,
  dynamicsHigh: 1.3,
  pitchShiftProbability: 0,
  pitchShiftOctaves: 0.25,
  masks: 0,
  maskBands: 0,
  maskFrames: 0,
};

const speech = new Uint8Array(frames).fill(1, 60, 140);

/** Speech at log energy 0 in frames 60 to 140, a floor of -7 (30 dB under it) elsewhere. */
function recording(): Float32Array {
  const raw = new Float32Array(frames * size);
  for (let t = 0; t < frames; t++) {
    for (let b = 0; b < 64; b++) raw[t * size + b] = t >= 60 && t < 140 ? 0 : -7;
    raw[t * size + 64] = 150;
    raw[t * size + 65] = 0.9;
  }
  return raw;
}

function change(
  raw: Float32Array,
  overrides: Partial<AugmentationOptions>,
  seed = 1,
  isNoisy = false,
): Float32Array {
  const levels = clipLevels(raw, frames, size);
  const out = raw.slice();
  new RoomChange(defaultFeatureConfig, { ...options, ...overrides }, levels, new Random(seed), isNoisy).apply(
    out,
    frames,
    size,
    levels,
    speech,
  );
  return out;
}

/** Mean energy of all bands over frames [start, end). */
function energy(raw: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let t = start; t < end; t++) for (let b = 0; b < 64; b++) sum += Math.exp(raw[t * size + b]!);
  return sum / (end - start);
}

const db = (ratio: number): number => 10 * Math.log10(ratio);

describe('RoomChange', () => {
  it('moves all bands by one gain within the range, and leaves pitch alone', () => {
    for (let seed = 0; seed < 20; seed++) {
      const raw = recording();
      const out = change(raw, {}, seed);
      const shift = out[0]! - raw[0]!;
      expect(Math.abs((shift * 10) / Math.LN10)).toBeLessThanOrEqual(6);
      for (let t = 0; t < frames; t++) {
        expect(out[t * size + 30]! - raw[t * size + 30]!).toBeCloseTo(shift, 5);
        expect(out[t * size + 64]).toBe(150);
        expect(Math.abs(out[t * size + 65]! - 0.9)).toBeLessThan(0.03);
      }
    }
  });

  it('keeps digital silence silent and never goes below the floor of the features', () => {
    const silent = new Float32Array(frames * size).fill(floor);
    const louder = { wideGainProbability: 1, wideGainLowDb: 20, wideGainHighDb: 30 };
    expect(change(silent, louder)[3]).toBeCloseTo(floor, 5);
    expect(change(recording(), louder)[3]).toBeGreaterThan(-4);
    const low = change(recording(), { wideGainProbability: 1, wideGainLowDb: -60, wideGainHighDb: -59 });
    expect(Math.min(...low.filter((_, i) => i % size < 64))).toBeCloseTo(floor, 5);
  });

  it('puts the new floor as far under the loud level as was drawn, whatever was there before', () => {
    const range = { backgroundProbability: 1, backgroundLowDb: 20, backgroundHighDb: 20, narrowGainDb: 0 };
    const ratios = Array.from({ length: 30 }, (_, seed) => {
      const out = change(recording(), range, seed);
      return db(energy(out, 60, 140) / energy(out, 0, 60));
    });
    // The old floor, 30 dB under the speech, adds to it where little of it was taken out.
    for (const ratio of ratios) expect(Math.abs(ratio - 20)).toBeLessThan(1.5);
  });

  it('lowers the floor of the recording when the new one is lower', () => {
    const range = { backgroundProbability: 1, backgroundLowDb: 60, backgroundHighDb: 60, narrowGainDb: 0 };
    const ratios = Array.from({ length: 40 }, (_, seed) => {
      const out = change(recording(), range, seed);
      return db(energy(out, 60, 140) / energy(out, 0, 60));
    });
    expect(Math.min(...ratios)).toBeLessThan(36);
    expect(Math.max(...ratios)).toBeGreaterThan(50);
  });

  it('gives backgrounds of many spectra that fluctuate over time', () => {
    const range = { backgroundProbability: 1, backgroundLowDb: 15, backgroundHighDb: 15, narrowGainDb: 0 };
    const tilts = Array.from({ length: 30 }, (_, seed) => {
      const out = change(recording(), range, seed);
      return out[5]! - out[60]!;
    });
    expect(Math.max(...tilts) - Math.min(...tilts)).toBeGreaterThan(5);
    const out = change(recording(), range);
    const early = Array.from({ length: 60 }, (_, t) => out[t * size + 20]!);
    expect(new Set(early).size).toBe(60);
  });

  it('happens in the share of rows that was asked for', () => {
    const changed = Array.from({ length: 400 }, (_, seed) => {
      const out = change(recording(), { backgroundProbability: 0.5, narrowGainDb: 0 }, seed);
      return Number(Math.abs(out[1 * size + 20]! - out[2 * size + 20]!) > 1e-6);
    }).reduce<number>((a, b) => a + b, 0);
    expect(changed).toBeGreaterThan(160);
    expect(changed).toBeLessThan(240);
  });

  it('in a studio leaves nothing of the floor in the pauses', () => {
    for (let seed = 0; seed < 20; seed++) {
      const out = change(recording(), { studioProbability: 1, narrowGainDb: 0 }, seed);
      // Opening and closing take 50 ms.
      expect(db(energy(out, 60, 140) / energy(out, 0, 55))).toBeGreaterThan(34.5);
      expect(db(energy(out, 60, 140) / energy(out, 150, 200))).toBeGreaterThan(34.5);
      expect(db(energy(out, 70, 130) / energy(recording(), 70, 130))).toBeCloseTo(0, 0);
    }
  });

  it('bends the spectrum smoothly, the same in all frames', () => {
    const heights = Array.from({ length: 30 }, (_, seed) => {
      const out = change(recording(), { equaliserProbability: 1, narrowGainDb: 0 }, seed);
      const bend = Array.from({ length: 64 }, (__, b) => out[100 * size + b]!);
      for (let b = 0; b < 64; b++) {
        expect(out[b]! + 7).toBeCloseTo(bend[b]!, 4);
        if (b > 0) expect(Math.abs(bend[b]! - bend[b - 1]!)).toBeLessThan(0.6);
      }
      return Math.max(...bend) - Math.min(...bend);
    });
    expect(Math.max(...heights)).toBeGreaterThan(2);
    expect(Math.max(...heights)).toBeLessThan(9);
  });

  it('multiplies distances from the loud level, down to 30 dB', () => {
    const half = { dynamicsProbability: 1, dynamicsLow: 0.5, dynamicsHigh: 0.5, narrowGainDb: 0 };
    const out = change(recording(), half);
    expect(out[100 * size]!).toBeCloseTo(0, 4);
    expect(out[10 * size]!).toBeCloseTo(-3.5, 4);
  });

  it('shifts F0 by one factor within the range, unvoiced frames staying so', () => {
    const shifts = Array.from({ length: 30 }, (_, seed) => {
      const raw = recording();
      raw[64] = 0;
      const out = change(raw, { pitchShiftProbability: 1 }, seed);
      expect(out[64]).toBe(0);
      expect(out[2 * size + 64]).toBe(out[size + 64]);
      return Math.log2(out[size + 64]! / 150);
    });
    expect(Math.max(...shifts)).toBeLessThanOrEqual(0.25);
    expect(Math.max(...shifts)).toBeGreaterThan(0.15);
    expect(Math.min(...shifts)).toBeLessThan(-0.15);
  });

  it('leaves voices voiced at any gain', () => {
    const gain = { wideGainProbability: 1, wideGainLowDb: -24, wideGainHighDb: -24 };
    const out = change(recording(), gain);
    expect(out[10 * size + 64]).toBe(150);
    expect(out[10 * size + 65]).toBeCloseTo(0.9, 5);
  });

  it('hears no pitch in frames that a background outweighs', () => {
    const range = { backgroundProbability: 1, backgroundLowDb: 12, backgroundHighDb: 12, narrowGainDb: 0 };
    for (let seed = 0; seed < 20; seed++) {
      const out = change(recording(), range, seed);
      const voiced = (start: number, end: number): number =>
        Array.from({ length: end - start }, (_, t) => Number(out[(start + t) * size + 64]! > 0)).reduce(
          (a, b) => a + b,
          0,
        );
      // 18 dB over the floor where the voice is 30 dB over it; how much of it is low differs by its spectrum.
      expect(voiced(60, 140)).toBeGreaterThan(voiced(0, 60));
      expect(out[100 * size + 65]!).toBeLessThanOrEqual(0.9);
    }
    const pauses = Array.from({ length: 20 }, (_, seed) => change(recording(), range, seed)[10 * size + 64]!);
    expect(pauses.filter((f0Hz) => f0Hz === 0).length).toBeGreaterThan(14);
  });

  it('takes nothing out of noise that the row is heard in, and only adds to it', () => {
    const all = { studioProbability: 1, backgroundProbability: 1, narrowGainDb: 0 };
    for (let seed = 0; seed < 20; seed++) {
      const raw = recording();
      const out = change(raw, all, seed, true);
      for (let b = 0; b < 64; b++)
        expect(out[10 * size + b]!).toBeGreaterThanOrEqual(raw[10 * size + b]! - 1e-3);
    }
  });
});
