/** Whether audio comes as fast as the clock on the wall goes, over a minute at a time. */
const windowMs = 60_000;
/** 1.2 s in a minute: more than buffers on the way can do. */
const tolerance = 0.02;
/** Slower than half is a sender that has stopped, faster than one and a half is a file. */
const slowest = 0.5;
const fastest = 1.5;

export class ClockDrift {
  #startMs: number | null = null;
  #seconds = 0;

  /** @returns seconds of audio per second of clock when a minute is over in which they differed, else null */
  received(seconds: number, nowMs: number): number | null {
    if (this.#startMs === null) {
      // What came with the first packet was spoken before it.
      this.#startMs = nowMs;
      return null;
    }
    this.#seconds += seconds;
    const elapsedMs = nowMs - this.#startMs;
    if (elapsedMs < windowMs) return null;
    const ratio = (this.#seconds * 1000) / elapsedMs;
    this.restart();
    const isLive = ratio > slowest && ratio < fastest;
    return isLive && Math.abs(ratio - 1) > tolerance ? ratio : null;
  }

  /** What came so far says nothing about the clock. */
  restart(): void {
    this.#startMs = null;
    this.#seconds = 0;
  }
}
