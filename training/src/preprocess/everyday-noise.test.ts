import { describe, expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import { fanNoise, streetNoise } from './everyday-noise.ts';

const seconds = 8;
const length = seconds * 16000;

/** Power of each second. */
function powers(samples: Float32Array): number[] {
  return Array.from({ length: seconds }, (_, s) => {
    let sum = 0;
    for (let n = s * 16000; n < (s + 1) * 16000; n++) sum += samples[n]! ** 2;
    return sum / 16000;
  });
}

/** Share of the power in differences of neighbours: 2 for white noise, near 0 for rumble. */
function brightness(samples: Float32Array): number {
  let difference = 0;
  let power = 0;
  for (let n = 1; n < samples.length; n++) {
    difference += (samples[n]! - samples[n - 1]!) ** 2;
    power += samples[n]! ** 2;
  }
  return difference / power;
}

describe('everyday noise', () => {
  it('of a street swells as vehicles pass; of a fan it is steady', () => {
    const swing = (samples: Float32Array): number => {
      const levels = powers(samples);
      return Math.max(...levels) / Math.min(...levels);
    };
    for (let seed = 0; seed < 5; seed++) {
      expect(swing(streetNoise(length, new Random(seed)))).toBeGreaterThan(1.5);
      expect(swing(fanNoise(length, new Random(seed)))).toBeLessThan(1.35);
    }
  });

  it('lies in the lower part of the spectrum', () => {
    for (const make of [streetNoise, fanNoise]) {
      const b = brightness(make(length, new Random(3)));
      expect(b).toBeGreaterThan(1e-3);
      expect(b).toBeLessThan(0.2);
    }
  });

  it('is the same for the same seed', () => {
    expect(streetNoise(4000, new Random(1))).toEqual(streetNoise(4000, new Random(1)));
    expect(fanNoise(4000, new Random(1))).not.toEqual(fanNoise(4000, new Random(2)));
  });
});
