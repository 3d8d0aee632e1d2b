import { describe, expect, it } from 'vitest';
import { StateReader } from '../stream/state-reader.ts';
import { StateWriter } from '../stream/state-writer.ts';
import { SpeechCourse } from './speech-course.ts';

const rate = 16_000;

/** A course of speech without pauses, in segments of so many seconds, whose valence follows `valenceAt`. */
function courseOf(
  seconds: number,
  segmentSeconds: number,
  valenceAt: (second: number) => number,
  moves = false,
): SpeechCourse {
  let course = new SpeechCourse();
  for (let start = 0; start < seconds; start += segmentSeconds) {
    const samples = Math.round(segmentSeconds * rate);
    const from = Math.round(start * rate);
    course.hear(from, from + samples, samples, { valence: valenceAt(start), arousal: -valenceAt(start) });
    if (!moves) continue;
    const writer = new StateWriter();
    course.writeState(writer);
    course = new SpeechCourse();
    course.readState(new StateReader(writer.finish()));
  }
  return course;
}

describe('the course of a call', () => {
  it('has no quarters before 8 s of speech', () => {
    expect(courseOf(7, 1, () => 0).quarters).toBeNull();
    expect(courseOf(8, 1, () => 0).quarters).not.toBeNull();
  });

  it('splits what lies across the edge of a quarter', () => {
    // Of 10 s a quarter is 2.5 s: two seconds of 0 and half a second of 1.
    const { opening, closing } = courseOf(10, 1, (second) => (second < 2 ? 0 : 1)).quarters!;
    expect(opening.valence).toBeCloseTo(0.2, 12);
    expect(opening.arousal).toBeCloseTo(-0.2, 12);
    expect(closing.valence).toBe(1);
  });

  it.each([16, 17, 64, 1000, 14_400])(
    'keeps 9 to 16 parts of %d s, and the quarters of a line',
    (seconds) => {
      const course = courseOf(seconds, 1, (second) => (second + 0.5) / seconds);
      expect(course.points.length).toBeGreaterThanOrEqual(9);
      expect(course.points.length).toBeLessThanOrEqual(16);
      const { opening, closing } = course.quarters!;
      // Within a part only its mean is known: at most a ninth of the line, of which half is on the wrong side.
      expect(Math.abs(opening.valence - 1 / 8)).toBeLessThan(1 / 18);
      expect(Math.abs(closing.valence - 7 / 8)).toBeLessThan(1 / 18);
      const times = course.points.map(({ atSample }) => atSample / rate);
      const part = times[1]!;
      expect(times).toEqual(times.map((_time, i) => i * part));
    },
  );

  it('counts long segments in as many parts as they reach over, at the time of each', () => {
    const course = new SpeechCourse();
    // 4 s of speech in 8 s.
    course.hear(rate, 9 * rate, 4 * rate, { valence: 0.5, arousal: 0 });
    expect(course.points.map(({ atSample }) => atSample / rate)).toEqual([1, 3, 5, 7]);
  });

  it('is the same when the stream moves after every segment', () => {
    const one = courseOf(700, 2.3, (second) => Math.sin(second));
    const other = courseOf(700, 2.3, (second) => Math.sin(second), true);
    expect(other.points).toEqual(one.points);
    expect(other.quarters).toEqual(one.quarters);
  });
});
