/** Durations of AudioHook: ISO 8601, in seconds only, such as `PT12.345S`. */
const pattern = /^PT(?:\d{0,9}\.)?\d{1,12}S$/;

/** @returns seconds, or null for what is no duration */
export function parseDuration(value: unknown): number | null {
  if (typeof value !== 'string' || !pattern.test(value)) return null;
  return Number(value.slice(2, -1));
}
