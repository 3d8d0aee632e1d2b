import { expect, test } from 'vitest';
import { HeardAudio, type UnheardReason } from './heard-audio.ts';
import type { GapMessage } from './messages.ts';

const sampleRateHz = 8000;
const frameBytes = 4;

interface Heard {
  /** The value of each frame that was heard; null for one that was skipped. */
  readonly frames: (number | null)[];
  readonly gaps: GapMessage[];
  droppedSeconds: number;
}

/** Plays steps of audio (number of bytes) and changes; every frame's four bytes carry its index. */
function play(steps: readonly (number | UnheardReason | null | { skip: number })[], cut: number): Heard {
  const heard: Heard = { frames: [], gaps: [], droppedSeconds: 0 };
  let partial: number[] = [];
  const audio = new HeardAudio({
    frameBytes,
    sampleRateHz,
    sample: 0,
    unheardFrom: null,
    recogniser: {
      accept: (bytes) => {
        partial.push(...bytes);
        while (partial.length >= frameBytes) {
          const [first, ...others] = partial.slice(0, frameBytes);
          // Never a frame made of two.
          expect(others).toEqual([first, first, first]);
          heard.frames.push(first!);
          partial = partial.slice(frameBytes);
        }
      },
      skip: (samples) => {
        partial = [];
        for (let i = 0; i < samples; i++) heard.frames.push(null);
      },
    },
    onGap: (gap) => heard.gaps.push(gap),
    onDropped: (seconds) => {
      heard.droppedSeconds += seconds;
    },
  });
  let sent = 0;
  for (const step of steps) {
    if (typeof step === 'number') {
      for (let left = step; left > 0; left -= cut) {
        const length = Math.min(cut, left);
        audio.accept(Uint8Array.from({ length }, (_, i) => Math.floor((sent + i) / frameBytes) % 251));
        sent += length;
      }
    } else if (step !== null && typeof step === 'object') {
      audio.skip(step.skip);
    } else {
      audio.reason = step;
    }
  }
  audio.report();
  return heard;
}

test('time goes on while audio is not heard, and one gap says so', () => {
  const heard = play([40, 'paused', 8000 * frameBytes, null, 40], 320);
  expect(heard.frames).toHaveLength(8020);
  expect(heard.frames.slice(0, 10)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(heard.frames.filter((frame) => frame === null)).toHaveLength(8000);
  expect(heard.gaps).toEqual([{ type: 'Gap', start: 0.001, duration: 1, reason: 'paused' }]);
  expect(heard.droppedSeconds).toBeCloseTo(1, 9);
});

test('a pause of nothing is no gap', () => {
  expect(play([40, 'paused', null, 40], 8).gaps).toEqual([]);
});

test('missing consent within a pause is a gap of its own', () => {
  const second = 8000 * frameBytes;
  const { gaps } = play([second, 'paused', second, 'consent', second, 'paused', second, null], 999);
  expect(gaps.map(({ start, duration, reason }) => [start, duration, reason])).toEqual([
    [1, 1, 'paused'],
    [2, 1, 'consent'],
    [3, 1, 'paused'],
  ]);
});

test('what was lost on its way is reported, unless it is not heard anyway', () => {
  expect(play([40, { skip: 80 }, 40], 8).gaps).toEqual([
    { type: 'Gap', start: 0.001, duration: 0.01, reason: 'client' },
  ]);
  expect(play(['paused', 40, { skip: 70 }, null], 8).gaps).toEqual([
    { type: 'Gap', start: 0, duration: 0.01, reason: 'paused' },
  ]);
});

test('samples stay whole and in their place, however bytes and pauses are cut', () => {
  let state = 5;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  for (let run = 0; run < 300; run++) {
    const steps = Array.from({ length: 12 }, () =>
      below(2) ? below(50) : below(2) ? ('paused' as const) : null,
    );
    const bytes = steps.reduce<number>((sum, step) => sum + (typeof step === 'number' ? step : 0), 0);
    const whole = play(steps, 1000);
    expect(whole.frames.length).toBe(Math.floor(bytes / frameBytes));
    for (const [i, frame] of whole.frames.entries()) if (frame !== null) expect(frame).toBe(i);
    for (const cut of [1, 3, 7]) {
      const { frames, gaps } = play(steps, cut);
      expect({ frames, gaps }).toEqual({ frames: whole.frames, gaps: whole.gaps });
    }
  }
});
