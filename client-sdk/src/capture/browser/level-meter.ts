/** Root mean square and peak of what is captured, about fifteen times a second. */

export interface AudioLevel {
  /** Of a square wave at full scale 0, of a sine -3; at least -100. */
  readonly rmsDbfs: number;
  /** Of the largest sample; 0 is full scale, at least -100. */
  readonly peakDbfs: number;
}

const silenceDbfs = -100;
const levelsPerSecond = 15;

export const silentLevel: AudioLevel = { rmsDbfs: silenceDbfs, peakDbfs: silenceDbfs };

export class LevelMeter {
  /** Of all channels together. */
  readonly #values: number;
  #sumOfSquares = 0;
  #peak = 0;
  #count = 0;

  constructor(sampleRateHz: number, channels: number) {
    // A little less than a fifteenth, so that whole packets of 20 ms fill it.
    this.#values = Math.floor((sampleRateHz * channels) / levelsPerSecond) - channels * 128;
  }

  /**
   * @param count samples of all channels, whose squares add up to `sumOfSquares` and whose largest is `peak`, both of
   * full scale 1
   * @returns the level since the last one, or null when it is not due
   */
  add(sumOfSquares: number, peak: number, count: number): AudioLevel | null {
    this.#sumOfSquares += sumOfSquares;
    this.#peak = Math.max(this.#peak, peak);
    this.#count += count;
    if (this.#count < this.#values) return null;
    const level = {
      rmsDbfs: decibels(Math.sqrt(this.#sumOfSquares / this.#count)),
      peakDbfs: decibels(this.#peak),
    };
    this.reset();
    return level;
  }

  reset(): void {
    this.#sumOfSquares = 0;
    this.#peak = 0;
    this.#count = 0;
  }
}

function decibels(amplitude: number): number {
  return Math.max(silenceDbfs, 20 * Math.log10(amplitude));
}
