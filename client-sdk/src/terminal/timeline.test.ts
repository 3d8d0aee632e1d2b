import { describe, expect, it } from 'vitest';
import { timelineLine, timelineScale } from './timeline.ts';

const options = {
  seconds: 10,
  width: 40,
  heardSeconds: 10,
  colours: false,
  paint: (_: unknown, text: string) => text,
};

describe('timelineLine', () => {
  it('places each segment at its time and names it where it fits', () => {
    const segments = [
      { start: 2, end: 5, label: 'angry' },
      { start: 6, end: 6.5, label: 'sad' },
      { start: 9, end: 10, label: null },
    ];
    expect(timelineLine(segments, options)).toBe('········===angry====····SS··········UUUU');
  });

  it('leaves blank what was not heard yet', () => {
    expect(timelineLine([], { ...options, heardSeconds: 2.5 })).toBe('·'.repeat(10) + ' '.repeat(30));
  });

  it('is never wider than asked, whatever the segments', () => {
    const segments = Array.from({ length: 100 }, (_, i) => ({
      start: i / 5,
      end: i / 5 + 3,
      label: 'happy',
    }));
    expect(timelineLine(segments, options)).toHaveLength(40);
  });

  it('shows a segment that is shorter than a character', () => {
    expect(timelineLine([{ start: 5, end: 5.01, label: 'happy' }], options)[20]).toBe('H');
  });
});

describe('timelineScale', () => {
  it('names both ends and the middle in the width of the line', () => {
    expect(timelineScale(90, 40)).toBe('0:00.0           0:45.0           1:30.0');
    expect(timelineScale(90, 10)).toBe('0:00.0');
  });
});
