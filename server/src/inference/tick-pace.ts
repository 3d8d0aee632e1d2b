/**
 * How long input waits for that of other streams. A batch of some dozen streams costs little more than a batch of one, so
 * a busy thread waits until so many have come; where hardly any would, waiting is for nothing.
 */
/** Streams worth waiting for. */
const wantedStreams = 128;
/** If fewer than this came within the longest wait, none is waited for. */
const leastStreams = 4;
/** The rate is that of about so long. */
const memoryMs = 100;

export class TickPace {
  readonly #mostMs: number;
  #arrived = 0;
  #perMs = 0;
  #postedAtMs: number | null = null;

  constructor(mostMs: number) {
    this.#mostMs = mostMs;
  }

  /** A stream has something to send. */
  arrived(): void {
    this.#arrived++;
  }

  /** How long to wait from now on. */
  waitMs(nowMs: number): number {
    if (this.#postedAtMs === null || nowMs - this.#postedAtMs > 1000) return 0;
    if (this.#perMs * this.#mostMs < leastStreams) return 0;
    return Math.min(this.#mostMs, wantedStreams / this.#perMs);
  }

  posted(nowMs: number): void {
    if (this.#postedAtMs !== null) {
      const elapsedMs = Math.max(0.01, nowMs - this.#postedAtMs);
      const weight = elapsedMs / (elapsedMs + memoryMs);
      this.#perMs += weight * (this.#arrived / elapsedMs - this.#perMs);
    }
    this.#postedAtMs = nowMs;
    this.#arrived = 0;
  }
}
