/**
 * When the audio of a stream arrived, per 10 ms of its own clock, for as far back as a result can reach. Answers how
 * long ago the last sample was received that a result needs.
 */
const hopSamples = 160;
const ringHops = 1024;
/** Resolution in which arrivals are kept: 4 bytes last for days. */
const ticksPerMs = 10;
/** A frame is 400 samples wide and starts every 160: the last frame of a span reaches this far beyond it. */
const frameTailSamples = 240;

interface Span {
  readonly type: 'Emotion';
  readonly endSample: number;
  readonly isFinal: boolean;
  readonly fromFinalize: boolean;
}

export class ArrivalClock {
  #endpointingSamples: number;
  /**
   * Arrival of the sample that completes hop i, in ticks since the clock was made, at i modulo `ringHops`. Made with the
   * first: a stream that is silent costs little.
   */
  #arrivals: Uint32Array | null = null;
  readonly #originMs: number;
  /** Whole hops received. */
  #hops = 0;
  #latestAtMs = 0;
  #boundaryAtMs: number | null = null;

  /**
   * @param endpointingSamples pause that a final result waits for, at 16 kHz
   * @param originMs no sample arrives earlier
   */
  constructor(endpointingSamples: number, originMs: number) {
    this.#originMs = originMs;
    this.#endpointingSamples = endpointingSamples;
  }

  /** Audio up to `receivedSamples` (16 kHz) has been received. */
  received(receivedSamples: number, nowMs: number): void {
    const hops = Math.floor(receivedSamples / hopSamples);
    const ticks = Math.round((nowMs - this.#originMs) * ticksPerMs);
    this.#arrivals ??= new Uint32Array(ringHops);
    const arrivals = this.#arrivals;
    for (let hop = Math.max(this.#hops, hops - ringHops); hop < hops; hop++) {
      arrivals[hop % ringHops] = ticks;
    }
    this.#hops = hops;
    this.#latestAtMs = nowMs;
  }

  /** The pause that a final waits for, in samples at 16 kHz. */
  set endpointingSamples(samples: number) {
    this.#endpointingSamples = samples;
  }

  /** The client asked for what is open to be finished: a Finalize, or the end of the stream. */
  boundary(nowMs: number): void {
    this.#boundaryAtMs = nowMs;
  }

  /** When the last thing was received that the result needs. */
  neededAtMs(span: Span): number {
    const waited = span.isFinal ? this.#endpointingSamples : 0;
    const lastHop = Math.ceil((span.endSample + waited + frameTailSamples) / hopSamples) - 1;
    const inTime = lastHop < this.#hops;
    if (span.isFinal && this.#boundaryAtMs !== null && (span.fromFinalize || !inTime))
      return this.#boundaryAtMs;
    if (!inTime || lastHop < this.#hops - ringHops) return this.#latestAtMs;
    return this.#originMs + (this.#arrivals?.[lastHop % ringHops] ?? 0) / ticksPerMs;
  }
}
