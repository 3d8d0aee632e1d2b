/** What the colours, patterns and lines of a picture mean, and the patterns themselves. */
import type { CallTimeline } from '../call-timeline.ts';
import { emotionLook, emotionName } from '../emotion-look.ts';
import { element, fitted, label } from './svg-text.ts';

export interface Legend {
  readonly svg: string;
  readonly patterns: string;
  readonly height: number;
}

/** Labels of a model are few; of events that nobody vouches for, no more are told apart. */
const mostLabels = 24;
const rowHeight = 20;
const charWidth = 6.4;

/** Labels that a call has, most spoken first; the same for the style and the blocks. */
export function labelsOf(call: CallTimeline): readonly (string | null)[] {
  const seconds = new Map<string | null, number>();
  for (const { segments } of call.channels)
    for (const { label: name, start, end } of segments)
      seconds.set(name, (seconds.get(name) ?? 0) + end - start);
  return [...seconds]
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostLabels)
    .map(([name]) => name);
}

export function legend(call: CallTimeline, top: number, width: number): Legend {
  const labels = labelsOf(call);
  const parts: string[] = [];
  let x = 16;
  let y = top;
  const place = (text: string, mark: (x: number, y: number) => string): void => {
    const wide = 22 + text.length * charWidth + 14;
    if (x + wide > width - 8 && x > 16) {
      x = 16;
      y += rowHeight;
    }
    parts.push(mark(x, y), label(x + 22, y + 12, text, { class: 'text' }));
    x += wide;
  };
  for (const [index, name] of labels.entries())
    place(fitted(emotionName(name), 30 * charWidth, charWidth), (left, up) =>
      block(index, left, up + 2, 16, 12),
    );
  if (labels.length > 0) {
    place('valence', (left, up) => line('valence', left, up + 8));
    place('arousal', (left, up) => line('arousal', left, up + 8));
  }
  if (call.gaps.length > 0)
    place('not heard', (left, up) =>
      element('rect', { x: left, y: up + 2, width: 16, height: 12, fill: 'url(#gap)', class: 'gap' }),
    );
  if (call.turningPoints.length > 0)
    place('turning point', (left, up) =>
      element('path', { class: 'turn', d: `M${left + 8} ${up + 2}l6 6l-6 6l-6-6Z` }),
    );
  const patterns = labels.map((name, index) => pattern(`p${index}`, emotionLook(name).pattern, 'stroke'));
  return {
    svg: parts.join(''),
    patterns: element('defs', {}, ...patterns, pattern('gap', 'M-2 2 2-2M0 8 8 0M6 10 10 6', 'gapline')),
    height: y - top + rowHeight + 10,
  };
}

/** A block of a label: its colour, and its pattern over it. */
export function block(index: number, x: number, y: number, width: number, height: number): string {
  const box = { x, y, width, height, rx: Math.min(3, width / 2) };
  return (
    element('rect', { ...box, class: `e${index}` }) + element('rect', { ...box, fill: `url(#p${index})` })
  );
}

function line(name: string, x: number, y: number): string {
  return element('line', { class: name, x1: x, x2: x + 16, y1: y, y2: y });
}

function pattern(id: string, d: string, name: string): string {
  const tile = { id, width: 8, height: 8, patternUnits: 'userSpaceOnUse' };
  return element('pattern', tile, d === '' ? '' : element('path', { d, class: name }));
}
