const firstDelayMs = 100;
const maxDelayMs = 10_000;

/**
 * Longer after each failure in a row, drawn at random so that servers do not come back all at once.
 * @param failures 1 or more
 * @returns 100 ms to 10 s
 */
export function retryDelayMs(failures: number): number {
  const limitMs = Math.min(maxDelayMs, firstDelayMs * 2 ** Math.min(20, failures));
  return limitMs / 2 + (Math.random() * limitMs) / 2;
}
