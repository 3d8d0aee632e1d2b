/**
 * Finds audio that was never captured: time went by and no samples came. Two clocks are asked, and the one that saw less
 * time is believed: the audio thread's, which a busy page does not hold up, and the page's, which nobody sets.
 */

/** Shorter ones cannot be told from packets that come unevenly. */
const shortestGapMs = 250;
/** So long without a packet, and the audio has stopped. */
const stallMs = 1500;
/** After a break, what waited in the machine comes faster than time; only then is it known what is missing. */
const settleMs = 400;

export interface ClockReading {
  /** `performance.now()` of the page. */
  readonly pageMs: number;
  /** `Date.now()` where the audio was captured. */
  readonly wallMs: number;
}

export class CaptureClock {
  readonly #sampleRateHz: number;
  /** Up to here all time is samples or gaps. */
  #accounted: ClockReading | null = null;
  /** Since a break, from its first packet on. */
  #settling: { readonly sinceMs: number; samples: number } | null = null;
  /** What was accounted when a check found nothing new; packets may wait behind it on a page that was busy. */
  #suspected: ClockReading | null = null;

  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
  }

  /**
   * @param samples per channel, captured until `now`
   * @returns samples that are missing before this packet and those that were held; null to hold it
   */
  packet(samples: number, now: ClockReading): number | null {
    const before = this.#accounted;
    if (!before) {
      this.#accounted = now;
      return 0;
    }
    if (this.#settling) {
      this.#settling.samples += samples;
      return now.pageMs - this.#settling.sinceMs < settleMs ? null : this.settle(now);
    }
    if (this.#missing(before, now, samples) > 0) {
      this.#settling = { sinceMs: now.pageMs, samples };
      return null;
    }
    this.#accounted = now;
    return 0;
  }

  /** Packets are held, and no more came. */
  isSettlingOverdue(now: ClockReading): boolean {
    return this.#settling !== null && now.pageMs - this.#settling.sinceMs > stallMs;
  }

  /** @returns samples that are missing before the packets that were held */
  settle(now: ClockReading): number {
    const { samples } = this.#settling ?? { samples: 0 };
    const missing = this.#accounted && this.#settling ? this.#missing(this.#accounted, now, samples) : 0;
    this.#settling = null;
    this.#accounted = now;
    return missing;
  }

  /**
   * To be asked twice a second. Two checks in a row must find nothing new.
   * @returns samples that are missing until `now`; 0 when audio flows
   */
  check(now: ClockReading): number {
    const before = this.#accounted;
    if (!before || this.#settling || now.pageMs - before.pageMs < stallMs) return 0;
    if (this.#suspected !== before) {
      this.#suspected = before;
      return 0;
    }
    this.#accounted = now;
    return this.#samplesOf(now.pageMs - before.pageMs);
  }

  /** Between two readings, beside `samples`. */
  #missing(before: ClockReading, now: ClockReading, samples: number): number {
    const elapsedMs = Math.min(now.pageMs - before.pageMs, now.wallMs - before.wallMs);
    const missingMs = elapsedMs - (samples / this.#sampleRateHz) * 1000;
    return missingMs < shortestGapMs ? 0 : this.#samplesOf(missingMs);
  }

  #samplesOf(durationMs: number): number {
    return Math.round((durationMs / 1000) * this.#sampleRateHz);
  }
}
