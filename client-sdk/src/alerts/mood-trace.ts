/** How a channel went, a point a second, for a picture; fewer where it was long. */
import type { RuleScore } from '@undertone/core';

export interface TracePoint {
  readonly seconds: number;
  readonly valence: number;
  readonly arousal: number;
  readonly scores: readonly RuleScore[];
}

const mostPoints = 600;
const samplesPerSecond = 16_000;

export class MoodTrace {
  #points: TracePoint[] = [];
  #stepSamples = samplesPerSecond;
  #nextSample = 0;

  get points(): readonly TracePoint[] {
    return this.#points;
  }

  /** Whether there is to be a point here. */
  isDue(atSample: number): boolean {
    return atSample >= this.#nextSample;
  }

  add(atSample: number, point: Omit<TracePoint, 'seconds'>): void {
    this.#points.push({ seconds: atSample / samplesPerSecond, ...point });
    if (this.#points.length >= mostPoints) {
      this.#points = this.#points.filter((_, i) => i % 2 === 0);
      this.#stepSamples *= 2;
    }
    this.#nextSample = atSample + this.#stepSamples;
  }
}
