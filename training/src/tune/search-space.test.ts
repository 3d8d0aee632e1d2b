import { describe, expect, it } from 'vitest';
import { experimentFields } from '../config/experiment.ts';
import { parseSearch, type SearchableFields, spaceSize, unitOf, valueAt } from './search-space.ts';

const fields = experimentFields as SearchableFields;

describe('parseSearch', () => {
  it('reads ranges on either scale, whole numbers, listed values and lists as values', () => {
    const parameters = parseSearch(
      {
        learningRate: { low: 1e-4, high: 1e-2, scale: 'log' },
        gruSize: { low: 32, high: 64, points: 3 },
        sampling: { values: ['natural', 'balanced'] },
        channels: [
          [8, 8],
          [16, 32],
        ],
      },
      fields,
    );
    expect(parameters).toEqual([
      { kind: 'range', name: 'learningRate', low: 1e-4, high: 1e-2, scale: 'log', whole: false },
      { kind: 'range', name: 'gruSize', low: 32, high: 64, scale: 'linear', whole: true, points: 3 },
      { kind: 'choice', name: 'sampling', values: ['natural', 'balanced'] },
      {
        kind: 'choice',
        name: 'channels',
        values: [
          [8, 8],
          [16, 32],
        ],
      },
    ]);
  });

  it.each([
    [{ lerningRate: { low: 1e-4, high: 1e-2 } }, 'did you mean "learningRate"?'],
    [
      { learningRate: { low: 1e-4, hihg: 1e-2 } },
      'search.learningRate: expected some of low, high, scale, points, values; found "hihg"',
    ],
    [{ learningRate: { low: 0, high: 1e-2 } }, 'search.learningRate: expected low to be a number from'],
    [
      { learningRate: { low: 1e-4 } },
      'search.learningRate: expected high to be a number from 1e-8 to 1; found nothing',
    ],
    [
      { learningRate: { low: 1e-2, high: 1e-4 } },
      'search.learningRate: expected low under high; found 0.01 and 0.0001',
    ],
    [
      { labelSmoothing: { low: 0, high: 0.3, scale: 'log' } },
      'search.labelSmoothing: expected low above 0 on a log scale',
    ],
    [
      { gruSize: { values: [64, 0] } },
      'search.gruSize: expected values to be a whole number from 1 to 4096; found 0',
    ],
    [{ gruSize: { values: [64] } }, 'expected values to be a list of two or more; found [64]'],
    [{ gruSize: { values: [64, 64] } }, 'expected each value once; found 64 twice'],
    [
      { gruSize: { values: [64, 128], low: 3 } },
      'expected either values or low and high; found values and low',
    ],
    [
      { sampling: { low: 'natural', high: 'balanced' } },
      'search.sampling: expected values, as it has no low',
    ],
    [{ gruSize: 64 }, 'search.gruSize: expected {low, high, scale?, points?} or {values}; found 64'],
    [{}, 'search: expected at least one field with a range'],
    [undefined, 'search: expected fields with ranges'],
  ])('refuses %j', (search, message) => {
    expect(() => parseSearch(search, fields)).toThrow(message);
  });
});

describe('unit coordinates', () => {
  const [rate, size, sampling] = parseSearch(
    {
      learningRate: { low: 1e-4, high: 1e-2, scale: 'log' },
      gruSize: { low: 3, high: 6 },
      sampling: ['natural', 'balanced'],
    },
    fields,
  );

  it('go from bound to bound on the scale of the range', () => {
    expect(valueAt(rate!, 0)).toBeCloseTo(1e-4, 12);
    expect(valueAt(rate!, 0.5)).toBeCloseTo(1e-3, 12);
    expect(valueAt(rate!, 1)).toBeCloseTo(1e-2, 12);
    expect(unitOf(rate!, 1e-3)).toBeCloseTo(0.5, 12);
  });

  it('give every whole number and every choice the same share', () => {
    const counts = new Map<unknown, number>();
    for (let i = 0; i < 1000; i++) {
      const value = valueAt(size!, (i + 0.5) / 1000);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    expect([...counts]).toEqual([3, 4, 5, 6].map((value) => [value, 250]));
    expect([0, 0.49, 0.51, 1].map((unit) => valueAt(sampling!, unit))).toEqual([
      'natural',
      'natural',
      'balanced',
      'balanced',
    ]);
    expect(valueAt(size!, unitOf(size!, 5))).toBe(5);
    expect(valueAt(sampling!, unitOf(sampling!, 'balanced'))).toBe('balanced');
  });

  it('count the points of a space', () => {
    expect(spaceSize([size!, sampling!])).toBe(8);
    expect(spaceSize([rate!, sampling!])).toBe(Number.POSITIVE_INFINITY);
  });
});
