import { describe, expect, it } from 'vitest';
import { Random } from './random.ts';
import { drawViews } from './views.ts';

/** 40 steps: pause, speech from 12 to 32, pause. */
const speech = Float32Array.from({ length: 40 }, (_, step) => (step >= 12 && step < 32 ? 1 : 0));
const clip = { start: 4, end: 40 };

function speechIn(start: number, end: number): number {
  return speech.subarray(start, end).reduce((a, b) => a + b, 0);
}

describe('drawViews', () => {
  it('gives the whole clip first, then spans within it that hold enough speech', () => {
    const lengths = new Set<number>();
    for (let seed = 0; seed < 300; seed++) {
      const [whole, ...spans] = drawViews(clip, speech, 2, 10, new Random(seed));
      expect(whole).toEqual(clip);
      expect(spans).toHaveLength(2);
      for (const { start, end } of spans) {
        expect(start).toBeGreaterThanOrEqual(clip.start);
        expect(end).toBeLessThanOrEqual(clip.end);
        expect(speechIn(start, end)).toBeGreaterThanOrEqual(10);
        lengths.add(end - start);
      }
    }
    expect(lengths.size).toBeGreaterThan(15);
    expect(Math.min(...lengths)).toBe(10);
  });

  it('lets the first span begin with the clip or with its speech', () => {
    const starts = Array.from(
      { length: 50 },
      (_, seed) => drawViews(clip, speech, 1, 10, new Random(seed))[1]!.start,
    );
    expect(new Set(starts)).toEqual(new Set([4, 12]));
  });

  it('falls back to the whole clip when it holds too little speech', () => {
    expect(drawViews(clip, speech, 2, 30, new Random(1))).toEqual([clip, clip, clip]);
    expect(drawViews(clip, new Float32Array(40), 2, 10, new Random(1))).toEqual([clip, clip, clip]);
  });
});
