/**
 * A call's timeline as one picture: who spoke when and how it sounded, valence and arousal, alerts, turning points, gaps.
 * It is a file of its own: no script, nothing from elsewhere, readable in light and dark, with its content in words for
 * who does not see it.
 */
import type { CallTimeline } from '../call-timeline.ts';
import { timelineWords } from '../timeline-words.ts';
import { channelPicture } from './channel-picture.ts';
import { legend } from './legend.ts';
import { pictureStyle, type Theme } from './picture-style.ts';
import { element, escapeXml, fitted, label, short } from './svg-text.ts';
import { TimeScale, timeAxis } from './time-scale.ts';

export interface TimelineSvgOptions {
  /** Units of the picture, 320 to 4000. */
  readonly width?: number;
  /** `auto` follows the reader's system. */
  readonly theme?: Theme;
}

const defaultWidth = 1000;
const left = 92;
const right = 24;
const headHeight = 58;

/** @returns an SVG document */
export function timelineSvg(call: CallTimeline, options: TimelineSvgOptions = {}): string {
  const width = Math.max(320, Math.min(4000, Math.round(options.width ?? defaultWidth)));
  const scale = new TimeScale(Math.max(call.seconds, 1), left, width - right);
  const words = timelineWords(call);
  const parts: string[] = [
    label(16, 26, fitted(words.title, width - 32, 8.6), { class: 'title' }),
    label(16, 46, fitted(words.facts, width - 32, 6.4), { class: 'muted' }),
  ];
  let y = headHeight;
  const shown = legend(call, y, width);
  parts.push(shown.svg);
  y += shown.height;
  const top = y;
  for (const channel of call.channels) {
    const picture = channelPicture(call, channel, scale, y);
    parts.push(picture.svg);
    y += picture.height;
  }
  if (call.channels.length === 0) {
    parts.push(label(left, y + 20, 'Nothing is known of this call.', { class: 'muted' }));
    y += 36;
  }
  const height = y + 34;
  const body = [
    element('title', { id: 'title' }, escapeXml(words.title)),
    element('desc', { id: 'desc' }, escapeXml(words.description)),
    element('style', {}, pictureStyle(call, options.theme ?? 'auto')),
    shown.patterns,
    element('rect', { class: 'page', width, height }),
    // Behind all else.
    timeAxis(scale, top, y),
    ...parts,
  ];
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${short(width)} ${short(height)}`,
      width,
      height,
      role: 'img',
      'aria-labelledby': 'title desc',
    },
    ...body,
  )}\n`;
}
