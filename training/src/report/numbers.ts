/** Numbers as text: one speaker, two speakers; no negative zero; an interval that has no width. */

/** For example `1 clip`, `2 clips`. @param noun singular, with a plural in -s */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** As `toFixed`, but what rounds to zero has no sign. */
export function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return /^-[0.]+$/.test(text) ? text.slice(1) : text;
}

/** A share as points of a hundred; `-` where there is none. */
export function percent(value: number | null | undefined): string {
  return Number.isFinite(value) ? fixed(100 * value!, 1) : '-';
}

/** What must be said beside intervals that come from resampling so many speakers; null where nothing must. */
export function intervalWarning(speakers: number | undefined): string | null {
  return speakers === 1
    ? 'Measured on one speaker: intervals come from resampling speakers, so these have no width. The scores say little of other speakers.'
    : null;
}
