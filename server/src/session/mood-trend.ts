/**
 * How the mood of a channel moves over its last 30 s: mean of valence and arousal and their slope by weighted least
 * squares, each result weighted by the speech that it was the first to hear. Results are gathered by second, so that a
 * channel takes the same little memory however often it reports.
 */
import type { RecogniserEvent, TrendLine } from '@undertone/core';

const windowSeconds = 30;
const sampleRate = 16_000;
/** Sums of one second: which second, weight, and weight times time, valence and arousal. */
const binSize = 5;

export interface Mood {
  readonly valence: TrendLine;
  readonly arousal: TrendLine;
}

export class MoodTrend {
  readonly #bins = new Float64Array(windowSeconds * binSize);
  #segment = -1;
  /** Where that segment began; an interim result covers the newest part of it alone. */
  #segmentSample = 0;
  /** Of a speech that no result has followed yet; else -1. */
  #startedSample = -1;
  /** Speech of the open segment that was heard of, in samples. */
  #heardSamples = 0;
  /** Of the newest result. */
  #lastSecond = -1;

  hear(event: RecogniserEvent): void {
    if (event.type === 'SpeechStarted') this.#startedSample = event.atSample;
    if (event.type !== 'Emotion') return;
    const { segment, startSample, endSample, speechRatio, abstain, dimensions } = event;
    if (segment !== this.#segment) {
      this.#segment = segment;
      this.#segmentSample =
        this.#startedSample < 0 ? startSample : Math.min(this.#startedSample, startSample);
      this.#startedSample = -1;
      this.#heardSamples = 0;
    }
    // The ratio is of the segment from its start, whatever the result looks back on.
    const speech = speechRatio * (endSample - this.#segmentSample);
    const weight = speech - this.#heardSamples;
    // What was heard twice differs by the rounding of the ratio.
    if (weight < 1 || abstain === 'no_speech') return;
    this.#heardSamples = speech;
    const time = endSample / sampleRate;
    const second = Math.floor(time);
    const at = (second % windowSeconds) * binSize;
    const bins = this.#bins;
    if (bins[at] !== second) bins.fill(0, at, at + binSize);
    bins[at] = second;
    bins[at + 1]! += weight;
    bins[at + 2]! += weight * time;
    bins[at + 3]! += weight * dimensions.valence;
    bins[at + 4]! += weight * dimensions.arousal;
    this.#lastSecond = second;
  }

  /** Null until something was said. */
  get mood(): Mood | null {
    const bins = this.#bins;
    const current: number[] = [];
    let weights = 0;
    let times = 0;
    for (let at = 0; at < bins.length; at += binSize) {
      if (bins[at + 1] === 0 || bins[at]! <= this.#lastSecond - windowSeconds) continue;
      current.push(at);
      weights += bins[at + 1]!;
      times += bins[at + 2]!;
    }
    if (current.length === 0) return null;
    const line = (column: number): TrendLine => {
      let values = 0;
      for (const at of current) values += bins[at + column]!;
      const mean = values / weights;
      let spread = 0;
      let together = 0;
      for (const at of current) {
        const weight = bins[at + 1]!;
        const late = bins[at + 2]! / weight - times / weights;
        spread += weight * late * late;
        together += late * (bins[at + column]! - weight * mean);
      }
      return { mean, slope: spread > 0 ? together / spread : 0 };
    };
    return { valence: line(3), arousal: line(4) };
  }
}
