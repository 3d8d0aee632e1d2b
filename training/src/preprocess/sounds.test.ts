import { describe, expect, it } from 'vitest';
import { Random } from '../data/random.ts';
import { ambience } from './ambience.ts';
import { alarm, bell, dialledKeys, progressTone } from './line-sounds.ts';
import { music } from './music.ts';

const length = 4 * 16000;

function power(samples: Float32Array, start = 0, end = samples.length): number {
  let sum = 0;
  for (let n = start; n < end; n++) sum += samples[n]! ** 2;
  return sum / (end - start);
}

/** Power in differences of neighbours over power: 2 for white noise, near 0 for rumble. */
function brightness(samples: Float32Array): number {
  let sum = 0;
  for (let n = 1; n < samples.length; n++) sum += (samples[n]! - samples[n - 1]!) ** 2;
  return sum / samples.length / power(samples);
}

describe.each([
  ['ambience', ambience],
  ['progressTone', progressTone],
  ['dialledKeys', dialledKeys],
  ['bell', bell],
  ['alarm', alarm],
  ['music', music],
])('%s', (_, make) => {
  it('is sound that is finite, the same for the same seed, another for another', () => {
    for (let seed = 0; seed < 30; seed++) {
      const sound = make(length, new Random(seed));
      expect(sound).toHaveLength(length);
      expect(sound.every(Number.isFinite)).toBe(true);
    }
    expect(make(length, new Random(3))).toEqual(make(length, new Random(3)));
    expect(make(length, new Random(3))).not.toEqual(make(length, new Random(4)));
  });
});

describe('ambience', () => {
  it('is of many spectra, some steady and some swelling', () => {
    const sounds = Array.from({ length: 40 }, (_, seed) => ambience(length, new Random(seed)));
    const colours = sounds.map(brightness);
    expect(Math.max(...colours) / Math.min(...colours)).toBeGreaterThan(20);
    const swings = sounds.map((sound) => {
      const quarters = [0, 1, 2, 3].map((i) => power(sound, (i * length) / 4, ((i + 1) * length) / 4));
      return Math.max(...quarters) / Math.min(...quarters);
    });
    expect(Math.max(...swings)).toBeGreaterThan(3);
    expect(Math.min(...swings)).toBeLessThan(1.3);
  });
});

describe('progressTone', () => {
  it('is silent between rings, in some of the cadences', () => {
    const silent = Array.from({ length: 40 }, (_, seed) => {
      const sound = progressTone(length, new Random(seed));
      return sound.filter((x) => x === 0).length / length;
    });
    expect(silent.filter((share) => share > 0.3).length).toBeGreaterThan(10);
    expect(silent.filter((share) => share < 0.1).length).toBeGreaterThan(2);
  });
});
