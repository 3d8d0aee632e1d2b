/** A token bucket in seconds of audio: a burst at once, then `rate` seconds per second. */
export class RateLimit {
  readonly #rate: number;
  readonly #burstSeconds: number;
  #available: number;
  #atMs: number | null = null;

  /** @param rate seconds of audio per second; 0 allows everything */
  constructor(rate: number, burstSeconds: number) {
    this.#rate = rate;
    this.#burstSeconds = burstSeconds;
    this.#available = burstSeconds;
  }

  /** Takes `seconds` of audio that came at `nowMs`; returns in how many milliseconds it would have been allowed. */
  take(seconds: number, nowMs: number): number {
    if (this.#rate === 0) return 0;
    const elapsedSeconds = (nowMs - (this.#atMs ?? nowMs)) / 1000;
    this.#atMs = nowMs;
    this.#available = Math.min(this.#burstSeconds, this.#available + elapsedSeconds * this.#rate) - seconds;
    // Half a millisecond: sums of packet lengths are not exact.
    return this.#available > -5e-4 ? 0 : (-this.#available / this.#rate) * 1000;
  }

  /** As if nothing had come. */
  refill(): void {
    this.#available = this.#burstSeconds;
  }
}
