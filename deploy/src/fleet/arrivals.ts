/** How many calls begin a second, over a day. */
import { UndertoneError } from '@undertone/core';

/** Calls that begin per second, at a second of the day. */
export type Arrivals = (second: number) => number;

/** An example of a working day: open calls by the hour, as a share of the busiest. Put your own in a CSV file. */
const hourlyShare: readonly number[] = [
  0.1, 0.08, 0.07, 0.07, 0.08, 0.12, 0.22, 0.42, 0.7, 0.92, 1, 0.98, 0.86, 0.88, 0.96, 1, 0.95, 0.82, 0.62,
  0.46, 0.34, 0.25, 0.18, 0.13,
];

/** @param calls open at the busiest hour; @param meanSeconds of a call (Little's law) */
export function dayCurve(calls: number, meanSeconds: number): Arrivals {
  return (second) => {
    const hour = (second / 3600) % 24;
    const from = hourlyShare[Math.floor(hour)]!;
    const to = hourlyShare[(Math.floor(hour) + 1) % 24]!;
    return ((from + (to - from) * (hour % 1)) * calls) / meanSeconds;
  };
}

/**
 * @param text lines `minute,calls`: calls that began in each minute from 0 on, a heading allowed
 * @throws UndertoneError `bad_parameter` with the line
 */
export function arrivalsFromCsv(text: string): Arrivals {
  const perMinute: number[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || (i === 0 && /^[a-z]/i.test(line))) continue;
    const found = /^\s*(\d+)\s*,\s*(\d+(?:\.\d+)?)\s*$/.exec(line);
    if (!found || Number(found[1]) !== perMinute.length) {
      const shown = line.slice(0, 40);
      throw new UndertoneError(
        'bad_parameter',
        `Expected line ${i + 1} of the arrivals to be "${perMinute.length},CALLS"; got "${shown}".`,
      );
    }
    perMinute.push(Number(found[2]));
  }
  if (perMinute.length === 0)
    throw new UndertoneError('bad_parameter', 'Expected arrivals of at least a minute; got none.');
  return (second) => (perMinute[Math.floor(second / 60)] ?? 0) / 60;
}
