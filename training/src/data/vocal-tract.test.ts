import { defaultFeatureConfig } from '@undertone/core';
import { describe, expect, it } from 'vitest';
import { VocalTractWarp } from './vocal-tract.ts';

const { bands, lowHz, highHz } = defaultFeatureConfig.logMel;
const mel = (hz: number): number => 1127 * Math.log(1 + hz / 700);
const centreHz = (band: number): number => {
  const width = (mel(highHz) - mel(lowHz)) / (bands + 1);
  return 700 * (Math.exp((mel(lowHz) + (band + 1) * width) / 1127) - 1);
};

/** Two frames with one formant, a bump over the logarithm of frequency. */
function clip(formantHz: number) {
  const size = bands + 2;
  const raw = new Float32Array(2 * size);
  for (let t = 0; t < 2; t++) {
    for (let b = 0; b < bands; b++) raw[t * size + b] = -Math.abs(Math.log(centreHz(b) / formantHz));
    raw.set([120, 0.9], t * size + bands);
  }
  return { frames: 2, raw, levels: new Float32Array(bands + 1).fill(-7), speech: new Uint8Array(2) };
}

const peakHz = (values: Float32Array): number =>
  centreHz(values.subarray(0, bands).indexOf(Math.max(...values.subarray(0, bands))));

describe('VocalTractWarp', () => {
  it.each([0.8, 0.9, 1.1, 1.25])('moves formants by %s and leaves pitch alone', (factor) => {
    for (const formantHz of [500, 1200, 2500]) {
      const heard = clip(formantHz);
      new VocalTractWarp(defaultFeatureConfig, factor).apply(heard);
      for (const t of [0, 1]) {
        const frame = heard.raw.subarray(t * (bands + 2));
        expect(peakHz(frame) / (formantHz * factor)).toBeCloseTo(1, 0.9);
        expect(frame[bands]).toBe(120);
        expect(frame[bands + 1]).toBeCloseTo(0.9, 6);
      }
    }
  });

  it('changes nothing by 1, and a flat noise floor by no factor', () => {
    const same = clip(1000);
    new VocalTractWarp(defaultFeatureConfig, 1).apply(same);
    for (const [i, value] of clip(1000).raw.entries()) expect(same.raw[i]).toBeCloseTo(value, 4);
    const flat = clip(1000);
    new VocalTractWarp(defaultFeatureConfig, 1.2).apply(flat);
    expect([...flat.levels].every((level) => Math.abs(level + 7) < 1e-5)).toBe(true);
  });

  it('keeps the upper end in place', () => {
    for (const factor of [0.8, 1.25]) {
      const heard = clip(highHz);
      new VocalTractWarp(defaultFeatureConfig, factor).apply(heard);
      expect(peakHz(heard.raw)).toBeCloseTo(centreHz(bands - 1), 3);
    }
  });
});
