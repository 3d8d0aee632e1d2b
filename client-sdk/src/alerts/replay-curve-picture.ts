/** Alerts an hour over the threshold of a rule, with the threshold that it has. */
import type { AlertRule } from '@undertone/core';
import { element, escapeXml, fitted, label, short } from '../calls/svg/svg-text.ts';
import type { CurvePoint } from './alert-replay.ts';
import { scoreRange } from './threshold-variants.ts';

export const curveHeight = 190;

const plotHeight = 110;
const left = 52;

/** @param x,y,width where it stands, and how wide it is */
export function curvePicture(
  rule: AlertRule,
  points: readonly CurvePoint[],
  x: number,
  y: number,
  width: number,
): string {
  const [low, high] = scoreRange(rule);
  const top = y + 28;
  const bottom = top + plotHeight;
  const most = Math.max(1, ...points.map(({ alertsPerHour }) => alertsPerHour ?? 0));
  const xOf = (on: number): number => x + left + ((on - low) / (high - low)) * (width - left - 16);
  const yOf = (rate: number | null): number => bottom - ((rate ?? 0) / most) * plotHeight;
  const line = points.map(
    ({ on, alertsPerHour }, i) => `${i === 0 ? 'M' : 'L'}${short(xOf(on))} ${short(yOf(alertsPerHour))}`,
  );
  const dots = points.map(({ on, opened, alertsPerHour, shareOfCalls }) =>
    element(
      'circle',
      { class: rule.level, cx: xOf(on), cy: yOf(alertsPerHour), r: 3 },
      element(
        'title',
        {},
        escapeXml(
          `${rule.name} at ${on}: ${opened} alerts, ${(alertsPerHour ?? 0).toFixed(2)} an hour, in ${Math.round(100 * (shareOfCalls ?? 0))} % of the calls`,
        ),
      ),
    ),
  );
  const marks = [low, (low + high) / 2, high].map((on) =>
    label(xOf(on), bottom + 15, String(on), { class: 'muted small', 'text-anchor': 'middle' }),
  );
  const rates = [0, most].map((rate) =>
    label(x + left - 6, yOf(rate) + 4, String(Number(rate.toFixed(1))), {
      class: 'muted small',
      'text-anchor': 'end',
    }),
  );
  return [
    label(x, y + 14, fitted(`${rule.name}: alerts an hour over "on"`, width, 6.6), { class: 'name' }),
    element('rect', { class: 'panel', x: x + left, y: top, width: width - left - 16, height: plotHeight }),
    element('line', { class: 'on', x1: xOf(rule.on), x2: xOf(rule.on), y1: top, y2: bottom }),
    label(xOf(rule.on), top - 4, `on ${rule.on}`, { class: 'muted small', 'text-anchor': 'middle' }),
    element('path', { class: 'score', d: line.join('') }),
    ...dots,
    ...marks,
    ...rates,
  ].join('');
}
