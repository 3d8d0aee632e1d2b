/**
 * Where the audio of one track stands. The makers leave out silence and deliver in bursts, so that arrival says nothing:
 * the time stamps do. Small deviations are rounding and are not followed; a jump forwards is audio that is missing, one
 * backwards audio that has been there.
 */
export interface Placement {
  /** Samples that are missing before this audio. */
  readonly gapSamples: number;
  /** Samples at its beginning that came before. */
  readonly overlapSamples: number;
}

/** Two frames of the telephone network. */
const toleranceMs = 40;

export class TrackPosition {
  readonly #samplesPerMs: number;
  #endSamples = 0;

  constructor(sampleRateHz: number) {
    this.#samplesPerMs = sampleRateHz / 1000;
  }

  /** Behind the last sample. */
  get endSamples(): number {
    return this.#endSamples;
  }

  /**
   * @param timestampMs at which the audio begins; null: where the last ended
   * @param samples its length
   */
  place(timestampMs: number | null, samples: number): Placement {
    const expected = this.#endSamples;
    const start = timestampMs === null ? expected : Math.round(timestampMs * this.#samplesPerMs);
    const isNear = Math.abs(start - expected) <= toleranceMs * this.#samplesPerMs;
    const at = isNear ? expected : start;
    const overlapSamples = Math.min(samples, Math.max(0, expected - at));
    this.#endSamples = Math.max(expected, at + samples);
    return { gapSamples: Math.max(0, at - expected), overlapSamples };
  }
}
