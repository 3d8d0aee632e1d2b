import { describe, expect, it } from 'vitest';
import { counted, fixed, intervalWarning, percent } from './numbers.ts';

describe('numbers as text', () => {
  it('count one speaker and several', () => {
    expect([0, 1, 2].map((n) => counted(n, 'speaker'))).toEqual(['0 speakers', '1 speaker', '2 speakers']);
  });

  it('have no negative zero', () => {
    expect(fixed(-0.04, 1)).toBe('0.0');
    expect(fixed(-0.4, 0)).toBe('0');
    expect(fixed(-0.06, 1)).toBe('-0.1');
    expect(fixed(-10, 0)).toBe('-10');
    expect(percent(-0.0004)).toBe('0.0');
    expect(percent(Number.NaN)).toBe('-');
  });

  it('warn of intervals of one speaker alone', () => {
    expect(intervalWarning(1)).toContain('no width');
    expect(intervalWarning(2)).toBeNull();
  });
});
