import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import { StateReader } from '../stream/state-reader.ts';
import { StateWriter } from '../stream/state-writer.ts';
import { neutralRegion } from './affect.ts';
import { VoiceBaseline } from './voice-baseline.ts';

const rate = 16_000;
const region = neutralRegion(testManifest());

function baselineOf(entries: readonly (readonly [seconds: number, valence: number, arousal: number])[]): {
  valence: number;
  arousal: number;
  seconds: number;
} {
  const baseline = new VoiceBaseline(region);
  for (const [seconds, valence, arousal] of entries) baseline.hear(seconds * rate, { valence, arousal });
  return { ...baseline.value, seconds: baseline.neutralSamples / rate };
}

describe('the neutral region of a model', () => {
  it('reaches half the way from its neutral class to the nearest other', () => {
    expect(region.centre).toEqual({ valence: 0, arousal: 0 });
    expect(region.radius).toBeCloseTo(Math.hypot(0.5, 0.6) / 2, 12);
  });

  it('is around zero where no class is neutral', () => {
    const { sentiment } = testManifest();
    const labels = ['angry', 'happy'];
    expect(neutralRegion({ labels, sentiment }).centre).toEqual({ valence: 0, arousal: 0 });
  });
});

describe('the baseline of a voice', () => {
  it('is the neutral of the model until neutral speech was heard', () => {
    expect(baselineOf([])).toEqual({ valence: 0, arousal: 0, seconds: 0 });
    expect(baselineOf([[9, -0.5, 0.6]])).toEqual({ valence: 0, arousal: 0, seconds: 0 });
  });

  it('is the median weighted by speech, shrunk by 10 s of the neutral of the model', () => {
    const { valence, arousal, seconds } = baselineOf([
      [2, -0.1, 0.2],
      [6, 0.1, 0.1],
      [2, 0.3, -0.1],
    ]);
    expect(seconds).toBe(10);
    expect(valence).toBeCloseTo(0.05, 12);
    expect(arousal).toBeCloseTo(0.05, 12);
  });

  it('does not follow an outlier, nor speech that is far from neutral', () => {
    const plain = baselineOf([...Array.from({ length: 5 }, () => [1, 0.1, 0] as const)]);
    const { valence } = baselineOf([
      ...Array.from({ length: 4 }, () => [1, 0.1, 0] as const),
      [9, 0.8, 0.5],
      [1, -0.35, 0],
    ]);
    expect(valence).toBeCloseTo(plain.valence, 12);
  });

  it('stays as it is after 20 s of neutral speech', () => {
    const first = Array.from({ length: 10 }, () => [2, 0.2, 0.1] as const);
    const known = baselineOf(first);
    expect(known.valence).toBeCloseTo((20 * 0.2) / 30, 12);
    expect(baselineOf([...first, ...Array.from({ length: 50 }, () => [2, -0.2, -0.1] as const)])).toEqual(
      known,
    );
  });

  it('stays as it is after 48 segments, however short, and takes little memory', () => {
    const first = Array.from({ length: 48 }, () => [0.1, 0.2, 0.1] as const);
    const known = baselineOf(first);
    expect(known.seconds).toBeCloseTo(4.8, 12);
    expect(baselineOf([...first, ...Array.from({ length: 50 }, () => [0.1, -0.2, -0.1] as const)])).toEqual(
      known,
    );
  });

  it('is the same when the stream moves after every segment', () => {
    const one = new VoiceBaseline(region);
    let other = new VoiceBaseline(region);
    for (let i = 0; i < 30; i++) {
      const affect = { valence: 0.3 * Math.sin(i), arousal: 0.2 * Math.cos(3 * i) };
      for (const baseline of [one, other]) baseline.hear(Math.round(rate * (1 + Math.sin(i) ** 2)), affect);
      const writer = new StateWriter();
      other.writeState(writer);
      other = new VoiceBaseline(region);
      other.readState(new StateReader(writer.finish()));
      expect(other.value).toEqual(one.value);
      expect(other.neutralSamples).toBe(one.neutralSamples);
    }
  });
});
