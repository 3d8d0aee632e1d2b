import { expect, test } from 'vitest';
import { marks, secondsAt, timeSpan, xOf } from './timeline-view.ts';

test('the newest 30 s are followed, 15 s on a phone; everything is at least 10 s wide', () => {
  expect(timeSpan('recent', 100, 250)).toEqual({ fromSeconds: 85, toSeconds: 100 });
  expect(timeSpan('recent', 4, 600)).toEqual({ fromSeconds: 0, toSeconds: 30 });
  expect(timeSpan('recent', 100, 600)).toEqual({ fromSeconds: 70, toSeconds: 100 });
  expect(timeSpan('all', 4, 600)).toEqual({ fromSeconds: 0, toSeconds: 10 });
  expect(timeSpan('all', 100, 600)).toEqual({ fromSeconds: 0, toSeconds: 100 });
});

test('places and times are each other’s inverse', () => {
  const span = timeSpan('recent', 100, 600);
  expect(xOf(70, span, 600)).toBe(0);
  expect(xOf(85, span, 600)).toBe(300);
  expect(secondsAt(300, span, 600)).toBe(85);
});

test('marks stand at round times and not closer than asked', () => {
  expect(marks(timeSpan('recent', 30, 600), 600, 60)).toEqual([0, 5, 10, 15, 20, 25, 30]);
  expect(marks(timeSpan('recent', 33, 600), 300, 60)).toEqual([10, 20, 30]);
  const day = { fromSeconds: 0, toSeconds: 86_400 };
  expect(marks(day, 600, 60).length).toBeLessThanOrEqual(11);
});
