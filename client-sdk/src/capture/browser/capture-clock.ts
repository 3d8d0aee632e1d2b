/**
 * Finds audio that was never captured: time went by and no samples came. Two clocks are asked, and the one that saw less
 * time is believed: the audio thread's, which a busy page does not hold up, and the page's, which nobody sets.
 */

/** Shorter ones cannot be told from packets that come unevenly. */
const shortestGapMs = 250;
/** So long without a packet, and the audio has stopped. */
const stallMs = 1500;
/** A check that comes so late says that the page slept; packets may wait behind it. */
const lateCheckMs = 2500;

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
  #checkedPageMs: number | null = null;

  constructor(sampleRateHz: number) {
    this.#sampleRateHz = sampleRateHz;
  }

  /** @param samples per channel, captured until `now` @returns samples that are missing before them */
  packet(samples: number, now: ClockReading): number {
    const before = this.#accounted;
    this.#accounted = now;
    if (!before) return 0;
    const packetMs = (samples / this.#sampleRateHz) * 1000;
    const missingMs = Math.min(now.pageMs - before.pageMs, now.wallMs - before.wallMs) - packetMs;
    return missingMs < shortestGapMs ? 0 : this.#samplesOf(missingMs);
  }

  /** To be asked every second. @returns samples that are missing until `now`; 0 when audio flows */
  check(now: ClockReading): number {
    const late = now.pageMs - (this.#checkedPageMs ?? now.pageMs) > lateCheckMs;
    this.#checkedPageMs = now.pageMs;
    const before = this.#accounted;
    if (!before || late || now.pageMs - before.pageMs < stallMs) return 0;
    this.#accounted = now;
    return this.#samplesOf(now.pageMs - before.pageMs);
  }

  #samplesOf(durationMs: number): number {
    return Math.round((durationMs / 1000) * this.#sampleRateHz);
  }
}
