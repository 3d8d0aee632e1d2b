/** What the loss pools: the whole clip, and random spans of it, because a live result rests on part of an utterance. */
import type { Random } from './random.ts';

/** Steps [start, end) of a row. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/**
 * The whole clip, then `spans` spans that hold at least `speechSteps` steps of speech, by turns one that begins with the
 * clip or its speech and one that begins anywhere. Without that much speech, the whole clip.
 * @param clip the clip's steps in the row
 * @param speech speech target of each step of the row, in [0, 1]
 */
export function drawViews(
  clip: Span,
  speech: Float32Array,
  spans: number,
  speechSteps: number,
  random: Random,
): Span[] {
  const views: Span[] = [clip];
  const onset = firstSpeech(clip, speech);
  for (let i = 0; i < spans; i++) {
    const start =
      i % 2 === 0
        ? random.chance(0.5)
          ? clip.start
          : onset
        : clip.start + random.below(Math.max(1, lastStart(clip, speech, speechSteps) - clip.start + 1));
    const earliest = earliestEnd({ start, end: clip.end }, speech, speechSteps);
    views.push(earliest === null ? clip : { start, end: earliest + random.below(clip.end - earliest + 1) });
  }
  return views;
}

function firstSpeech(clip: Span, speech: Float32Array): number {
  for (let step = clip.start; step < clip.end; step++) if (speech[step]! >= 0.5) return step;
  return clip.start;
}

/** End of the shortest span from `start` with enough speech, or null. */
function earliestEnd({ start, end }: Span, speech: Float32Array, speechSteps: number): number | null {
  let heard = 0;
  for (let step = start; step < end; step++) {
    heard += speech[step]!;
    if (heard >= speechSteps) return step + 1;
  }
  return null;
}

/** Last start from which enough speech follows, or the clip's start. */
function lastStart({ start, end }: Span, speech: Float32Array, speechSteps: number): number {
  let heard = 0;
  for (let step = end - 1; step >= start; step--) {
    heard += speech[step]!;
    if (heard >= speechSteps) return step;
  }
  return start;
}
