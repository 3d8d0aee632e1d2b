import { describe, expect, it } from 'vitest';
import { testManifest } from '../../../test/support/manifest.ts';
import { calibratedScores, judge } from './judge.ts';

const labels = testManifest().labels;

describe('judge', () => {
  it('gives every class a score, summing to one, and the best class as label', () => {
    const result = judge(testManifest(), [3, 0, 0], 1000);
    expect(result.label).toBe(labels[0]);
    expect(Object.keys(result.scores)).toEqual(labels);
    expect(Object.values(result.scores).reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect(result.confidence).toBe(result.scores[labels[0]!]);
    expect(result).not.toHaveProperty('abstain');
  });

  it('adds the scores of the classes of one sentiment and takes the expectation of the coordinates', () => {
    const result = judge(testManifest(), [Math.log(0.5), Math.log(0.3), Math.log(0.2)], 1000);
    expect(result.sentiment.label).toBe('negative');
    expect(result.sentiment.scores.negative).toBeCloseTo(0.5, 10);
    expect(result.dimensions.valence).toBeCloseTo(0.5 * -0.5 + 0.3 * 0.8, 10);
    expect(result.dimensions.arousal).toBeCloseTo(0.5 * 0.6 + 0.3 * 0.5, 10);
  });

  it('withholds the label, not the scores, below the confidence threshold', () => {
    const result = judge(testManifest(), [0, 0, 0], 1000);
    expect([result.label, result.abstain]).toEqual([null, 'low_confidence']);
    expect(Object.values(result.scores)).toHaveLength(3);
  });

  it('withholds the label when too little speech was heard or nothing ran', () => {
    expect(judge(testManifest(), [9, 0, 0], 100)).toMatchObject({ label: null, abstain: 'no_speech' });
    const nothing = judge(testManifest(), null, 0);
    expect(nothing).toMatchObject({ label: null, abstain: 'no_speech' });
    expect(Object.values(nothing.scores)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it('names no class when a logit is not a number', () => {
    for (const broken of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => judge(testManifest(), [0, broken, 0], 1000)).toThrowError(
        expect.objectContaining({ code: 'internal', message: expect.stringContaining(`0, ${broken}, 0`) }),
      );
    }
  });

  it('flattens the scores as the temperature rises', () => {
    expect(calibratedScores([2, 0], 4)[0]).toBeCloseTo(1 / (1 + Math.exp(-0.5)), 12);
    expect(calibratedScores([1e4, 0], 1)).toEqual([1, 0]);
  });
});
