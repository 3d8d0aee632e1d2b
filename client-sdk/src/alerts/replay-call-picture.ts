/** One channel of a replayed call: the mood over time, and below it each rule with its thresholds and alerts. */
import type { AlertEvent, AlertRule } from '@undertone/core';
import { element, escapeXml, fitted, label, short } from '../calls/svg/svg-text.ts';
import { TimeScale, timeAxis } from '../calls/svg/time-scale.ts';
import type { TracePoint } from './mood-trace.ts';
import type { ReplayedCall, ReplayedChannel } from './replayed-call.ts';
import { scoreRange } from './threshold-variants.ts';

export interface Placed {
  readonly svg: string;
  readonly height: number;
}

const left = 150;
const right = 24;
const moodHeight = 80;
const ruleHeight = 52;
const gap = 10;
const mostRules = 6;
/** No line is drawn over a silence of so many seconds. */
const longestLineSeconds = 20;

export function callPicture(
  call: ReplayedCall,
  channel: ReplayedChannel,
  rules: readonly AlertRule[],
  width: number,
  top: number,
): Placed {
  const scale = new TimeScale(Math.max(1, call.samples / 16_000), left, width - right);
  const alerts = call.alerts.filter((alert) => alert.channel === channel.channel);
  const shown = shownRules(rules, alerts);
  const { points } = channel.trace;
  let y = top + 22;
  const parts = [
    label(
      16,
      top + 12,
      fitted(`${call.session}, channel ${channel.channel} (${channel.role})`, width - 32, 7),
      {
        class: 'name',
      },
    ),
    panel(y, moodHeight, scale),
    ...[1, 0, -1].flatMap((value) => level('grid', value, [-1, 1], y, moodHeight, scale, String(value))),
    curve('arousal', points, ({ arousal }) => arousal, [-1, 1], y, moodHeight, scale),
    curve('valence', points, ({ valence }) => valence, [-1, 1], y, moodHeight, scale),
    label(16, y + 20, 'valence', { class: 'small' }),
    label(16, y + 36, 'arousal (dashed)', { class: 'small' }),
  ];
  y += moodHeight + gap;
  for (const rule of shown) {
    const own = alerts.filter((alert) => alert.rule === rule.name);
    parts.push(rulePicture(rule, own, points, scale, y, call.samples));
    y += ruleHeight + gap;
  }
  const axis = timeAxis(scale, top + 22, y - gap);
  return { svg: axis + parts.join(''), height: y - top + 28 };
}

/** All where they are few; else those that raised something. */
function shownRules(rules: readonly AlertRule[], alerts: readonly AlertEvent[]): readonly AlertRule[] {
  if (rules.length <= mostRules) return rules;
  return rules.filter(({ name }) => alerts.some(({ rule }) => rule === name)).slice(0, mostRules);
}

function rulePicture(
  rule: AlertRule,
  alerts: readonly AlertEvent[],
  points: readonly TracePoint[],
  scale: TimeScale,
  y: number,
  endSample: number,
): string {
  const range = scoreRange(rule);
  const spans = alerts.flatMap((alert) => {
    if (alert.state !== 'opened') return [];
    const cleared = alerts.find(({ number, state }) => number === alert.number && state === 'cleared');
    const from = alert.atSample / 16_000;
    const to = (cleared?.atSample ?? endSample) / 16_000;
    const told = `${rule.name} (${rule.level}) ${alert.score.toFixed(2)}, ${from.toFixed(1)} to ${to.toFixed(1)} s`;
    const x = scale.x(from);
    return element(
      'rect',
      {
        class: `alert ${rule.level}`,
        x,
        y,
        width: Math.max(3, scale.x(to) - x),
        height: ruleHeight,
      },
      element('title', {}, escapeXml(told)),
    );
  });
  const scoreOf = ({ scores }: TracePoint): number | null =>
    scores.find((each) => each.rule === rule.name)?.score ?? null;
  return [
    panel(y, ruleHeight, scale),
    ...spans,
    ...level('off', rule.off, range, y, ruleHeight, scale, ''),
    ...level('on', rule.on, range, y, ruleHeight, scale, String(rule.on)),
    curve('score', points, scoreOf, range, y, ruleHeight, scale),
    label(16, y + 18, fitted(rule.name, left - 56, 6.2), { class: 'small name' }),
    label(16, y + 34, `${alerts.filter(({ state }) => state === 'opened').length} opened`, {
      class: 'muted small',
    }),
  ].join('');
}

function panel(y: number, height: number, { left: x, right: end }: TimeScale): string {
  return element('rect', { class: 'panel', x, y, width: end - x, height, opacity: 0.6 });
}

type Range = readonly [low: number, high: number];

function heightOf(value: number, [low, high]: Range, y: number, height: number): number {
  const share = Math.max(0, Math.min(1, (value - low) / (high - low)));
  return y + height * (1 - share);
}

function level(
  name: string,
  value: number,
  range: Range,
  y: number,
  height: number,
  scale: TimeScale,
  text: string,
): string[] {
  const at = heightOf(value, range, y, height);
  const line = element('line', { class: name, x1: scale.left, x2: scale.right, y1: at, y2: at });
  if (text === '') return [line];
  return [line, label(scale.left - 6, at + 4, text, { class: 'muted small', 'text-anchor': 'end' })];
}

function curve(
  name: string,
  points: readonly TracePoint[],
  valueAt: (point: TracePoint) => number | null,
  range: Range,
  y: number,
  height: number,
  scale: TimeScale,
): string {
  let d = '';
  let last = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    const value = valueAt(point);
    if (value === null) {
      last = Number.NEGATIVE_INFINITY;
      continue;
    }
    d += `${point.seconds - last > longestLineSeconds ? 'M' : 'L'}${short(scale.x(point.seconds))} ${short(heightOf(value, range, y, height))}`;
    last = point.seconds;
  }
  return d === '' ? '' : element('path', { class: name, d });
}
