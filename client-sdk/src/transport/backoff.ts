/** How long to wait before the next attempt to connect. */
export interface BackoffOptions {
  /** Before the first attempt, at most. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

/**
 * A random time up to a limit that doubles with each attempt ("full jitter": Brooker, Exponential Backoff and Jitter,
 * AWS Architecture Blog, 2015), so that the streams of a server that went away do not all come at once.
 * @param attempt from 0
 * @param random in [0, 1)
 */
export function backoffMs(attempt: number, options: BackoffOptions, random: number): number {
  const limitMs = Math.min(options.maxDelayMs, options.firstDelayMs * 2 ** Math.min(attempt, 30));
  return Math.round(random * limitMs);
}
