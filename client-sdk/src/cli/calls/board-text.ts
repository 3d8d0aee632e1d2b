/** The board as lines of text. */
import { clockText, signedText } from '../../calls/clock-text.ts';
import { printable } from '../../calls/printable.ts';
import { emotionStyle, labelText } from '../../terminal/emotion-style.ts';
import { meter } from '../../terminal/format.ts';
import type { Paint, Style } from '../../terminal/paint.ts';
import { speakerText } from '../../terminal/speaker.ts';
import type { BoardCall, BoardChannel } from './call-board.ts';

const ticks = '▁▂▃▄▅▆▇█';
const sparkWidth = 8;

export interface BoardTextOptions {
  /** Most lines. */
  readonly rows: number;
  /** Most characters of a line. */
  readonly width: number;
  readonly paint: Paint;
}

/** Values from -1 to 1 as a line of `sparkWidth` blocks, the newest at the right. */
export function sparkline(values: readonly number[]): string {
  const shown = values.slice(-sparkWidth);
  const blocks = shown.map((value) => ticks[Math.max(0, Math.min(7, Math.floor(((value + 1) / 2) * 8)))]);
  return blocks.join('').padStart(sparkWidth);
}

export function alertStyle(level: 'info' | 'warn' | 'critical'): Style {
  return level === 'critical' ? 'redBright' : level === 'warn' ? 'yellowBright' : 'cyan';
}

/** As many calls as fit, whole, and how many there are. */
export function boardLines(calls: readonly BoardCall[], { rows, width, paint }: BoardTextOptions): string[] {
  const live = calls.filter(({ isOver }) => !isOver).length;
  const lines = [
    paint('bold', `${live} ${live === 1 ? 'call' : 'calls'}`) + paint('dim', `, ${calls.length - live} over`),
  ];
  let shown = 0;
  for (const call of calls) {
    const block = callLines(call, width, paint);
    if (lines.length + block.length > rows - 1) break;
    lines.push(...block);
    shown++;
  }
  if (shown < calls.length) lines.push(paint('dim', `and ${calls.length - shown} more`));
  return lines;
}

function callLines(call: BoardCall, width: number, paint: Paint): string[] {
  const { session, seconds, isOver, reason, alerts, channels } = call;
  // Whatever a session is called, its line stays one.
  const id = printable(session).slice(0, Math.max(8, width - 10));
  let left = width - id.length - 10;
  const marks: string[] = [];
  const mark = (style: Style, text: string): void => {
    if (text.length + 2 > left) return;
    left -= text.length + 2;
    marks.push(`  ${paint(style, text)}`);
  };
  if (isOver) mark('dim', `over (${reason.replaceAll('_', ' ')})`);
  for (const { rule, level, since } of alerts)
    mark(alertStyle(level), `${rule.replaceAll('_', ' ')} (${level}) since ${clockText(since)}`);
  const head = `${paint(isOver ? 'dim' : 'bold', id)}  ${clockText(seconds).padStart(7)}${marks.join('')}`;
  return [head, ...channels.map((channel) => channelLine(channel, seconds, width, paint))];
}

function channelLine(channel: BoardChannel, seconds: number, width: number, paint: Paint): string {
  const { role, result, valence, arousal, speechSeconds } = channel;
  const { style, name } = { style: emotionStyle(result.label).text, name: labelText(result.label) };
  const share = seconds > 0 ? Math.min(1, speechSeconds / seconds) : 0;
  const parts = [
    `  ${speakerText(role, channel.channel)}`,
    `${paint(style, `${name.slice(0, 10).padEnd(10)} ${meter(result.confidence, 5)}`)}`,
    `v ${signedText(result.valence)} ${paint('blueBright', sparkline(valence))}`,
    `a ${signedText(result.arousal)} ${paint('yellow', sparkline(arousal))}`,
    `speaks ${Math.round(share * 100)} %`,
  ];
  // What does not fit is at the end, and the least important.
  const widths = [11, 16, 8 + sparkWidth, 8 + sparkWidth, 12];
  let used = 0;
  const fitting = parts.filter((_, index) => {
    used += widths[index]! + 2;
    return used <= width + 2;
  });
  return fitting.join('  ');
}
