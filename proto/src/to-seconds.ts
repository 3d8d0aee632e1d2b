/** The recogniser's clock. */
const samplesPerSecond = 16_000;

/** Seconds on the stream's clock, to a millisecond. */
export function toSeconds(samples: number): number {
  return Math.round((samples * 1000) / samplesPerSecond) / 1000;
}
