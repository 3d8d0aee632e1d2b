import { describe, expect, it } from 'vitest';
import { SpeechSegmenter } from './speech-segmenter.ts';

function segmenter(
  overrides: { maxSegmentSteps?: number; endpointingSteps?: number; onsetSteps?: number } = {},
): SpeechSegmenter {
  return new SpeechSegmenter({
    onsetProbability: 0.6,
    offsetProbability: 0.4,
    onsetSteps: 3,
    endpointingSteps: 4,
    maxSegmentSteps: 100,
    ...overrides,
  });
}

/** `#` speech, `.` silence, `-` between the two thresholds. */
function run(target: SpeechSegmenter, pattern: string): string[] {
  return [...pattern].map((c) => target.accept(c === '#' ? 0.9 : c === '-' ? 0.5 : 0.1));
}

describe('SpeechSegmenter', () => {
  it('starts a segment at the first step of a long enough run and ends it after the last step of speech', () => {
    const s = segmenter();
    expect(run(s, '..####....')).toEqual([
      'silence',
      'silence',
      'onset-first',
      'onset',
      'started',
      'speech',
      'pause-first',
      'pause',
      'pause',
      'ended',
    ]);
    expect([s.startStep, s.endStep, s.inSpeech]).toEqual([2, 6, false]);
  });

  it('ignores a burst shorter than the onset', () => {
    expect(run(segmenter(), '##.##.')).not.toContain('started');
  });

  it('keeps a segment open over a pause shorter than the end-pointing time', () => {
    const s = segmenter();
    run(s, '###...##');
    expect(s.inSpeech).toBe(true);
    run(s, '....');
    expect([s.startStep, s.endStep, s.inSpeech]).toEqual([0, 8, false]);
  });

  it('holds speech between the two thresholds but does not start there', () => {
    expect(run(segmenter(), '-----')).not.toContain('started');
    const s = segmenter();
    run(s, '###------');
    expect([s.inSpeech, s.inPause]).toEqual([true, false]);
  });

  it('splits speech that is longer than a segment may be and goes on with a new one', () => {
    const s = segmenter({ maxSegmentSteps: 5 });
    const states = run(s, '#'.repeat(12));
    expect(states.filter((state) => state === 'split')).toHaveLength(2);
    expect(states.filter((state) => state === 'started')).toHaveLength(2);
  });

  it('works with thresholds of a single step', () => {
    const s = segmenter({ onsetSteps: 1, endpointingSteps: 1 });
    expect(run(s, '.#.#')).toEqual(['silence', 'started', 'ended', 'started']);
  });
});
