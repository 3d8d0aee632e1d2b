/** What a replay found, in words and in the rows of a table. */
import type { ReplayReport } from './alert-replay.ts';

export function replayTitle({ calls, hours }: ReplayReport): string {
  return `Alerts over ${calls} ${calls === 1 ? 'call' : 'calls'}, ${hours.toFixed(2)} h`;
}

/** The first row is the head. */
export function replayRows({ rules }: ReplayReport): string[][] {
  const number = (value: number | null, digits: number, unit = ''): string =>
    value === null ? '-' : `${value.toFixed(digits)}${unit}`;
  return [
    ['rule', 'level', 'opened', 'cleared', 'an hour', 'calls with', 'mean', 'live', 'same'],
    ...rules.map((rule) => [
      rule.rule,
      rule.level,
      String(rule.opened),
      String(rule.cleared),
      number(rule.alertsPerHour, 2),
      number(rule.shareOfCalls === null ? null : 100 * rule.shareOfCalls, 0, ' %'),
      number(rule.meanSeconds, 1, ' s'),
      rule.recorded > 0 ? String(rule.recorded) : '-',
      rule.recorded > 0 ? String(rule.same) : '-',
    ]),
  ];
}
