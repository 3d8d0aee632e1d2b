const maxMs = 3_600_000;

/**
 * The header Retry-After: seconds, or a date (RFC 9110, section 10.2.3).
 * @returns at most an hour; null where it is missing or neither
 */
export function retryAfterMs(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,10}$/.test(text)) return Math.min(maxMs, Number(text) * 1000);
  // Dates of HTTP begin with the day of the week; Date.parse takes much else.
  const atMs = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.min(maxMs, Math.max(0, atMs - nowMs));
}
