/** The course of one channel as a line of text: a block per segment, with the emotion's name where it fits. */
import { emotionStyle, labelText } from './emotion-style.ts';
import { clock } from './format.ts';
import type { Paint } from './paint.ts';

export interface TimelineSegment {
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  readonly label: string | null;
}

export interface TimelineOptions {
  /** Seconds that the whole line covers. */
  readonly seconds: number;
  /** Characters. */
  readonly width: number;
  /** Seconds heard so far; what comes after is left blank. */
  readonly heardSeconds: number;
  /** Blocks are coloured; without colours they are drawn with the emotion's first letter. */
  readonly colours: boolean;
  readonly paint: Paint;
}

/** @param segments in order, not overlapping */
export function timelineLine(segments: readonly TimelineSegment[], options: TimelineOptions): string {
  const { seconds, width, heardSeconds, colours, paint } = options;
  const column = (at: number): number => Math.max(0, Math.min(width, Math.round((at / seconds) * width)));
  let line = '';
  let position = 0;
  const fillTo = (end: number): void => {
    const heard = Math.max(0, Math.min(end, column(heardSeconds)) - position);
    line += paint('dim', '·'.repeat(heard)) + ' '.repeat(Math.max(0, end - position - heard));
    position = Math.max(position, end);
  };
  for (const { start, end, label } of segments) {
    const from = Math.max(position, column(start));
    const to = Math.min(width, Math.max(column(end), from + 1));
    if (to <= from) continue;
    fillTo(from);
    line += paint(emotionStyle(label).block, blockText(labelText(label), to - from, colours));
    position = to;
  }
  fillTo(width);
  return line;
}

/** `0:00.0 ... 0:41.3`, to stand below a timeline of the same width. */
export function timelineScale(seconds: number, width: number): string {
  const [left, middle, right] = [clock(0), clock(seconds / 2), clock(seconds)];
  const gap = width - left.length - middle.length - right.length;
  if (gap < 2) return left;
  const before = Math.max(1, Math.round(width / 2 - middle.length / 2) - left.length);
  return left + ' '.repeat(before) + middle + ' '.repeat(Math.max(1, gap - before)) + right;
}

function blockText(label: string, width: number, colours: boolean): string {
  if (label.length > width - 1) return (colours ? ' ' : label[0]!.toUpperCase()).repeat(width);
  const padding = width - label.length;
  const left = Math.floor(padding / 2);
  return colours
    ? ' '.repeat(left) + label + ' '.repeat(padding - left)
    : `${'='.repeat(left)}${label}${'='.repeat(padding - left)}`;
}
