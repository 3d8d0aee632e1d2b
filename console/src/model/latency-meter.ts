/**
 * How long results take: from the moment the last sample they need was handed over to the moment they arrived. A final
 * waits for the pause behind its segment by design, so that only interim results say how fast recognition is.
 */
export interface LatencyFigures {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** Of one interim result. */
export interface LatencyPoint {
  readonly seconds: number;
  readonly latencyMs: number;
}

const keptMarks = 4096;
const keptPoints = 600;

export class LatencyMeter {
  /** When audio up to a position was handed over, ascending. */
  readonly #positions: number[] = [];
  readonly #times: number[] = [];
  readonly #points: LatencyPoint[] = [];

  get points(): readonly LatencyPoint[] {
    return this.#points;
  }

  /**
   * Audio was handed over.
   * @param endSeconds position of its end on the stream's clock
   */
  sent(endSeconds: number, nowMs: number): void {
    this.#positions.push(endSeconds);
    this.#times.push(nowMs);
    if (this.#positions.length <= keptMarks) return;
    this.#positions.splice(0, keptMarks / 2);
    this.#times.splice(0, keptMarks / 2);
  }

  /**
   * A result has arrived.
   * @returns milliseconds since its last sample was handed over; null when that was too long ago to be known
   */
  arrived(endSeconds: number, isFinal: boolean, nowMs: number): number | null {
    // Positions are rounded to a millisecond in messages.
    const needed = endSeconds - 0.001;
    const first = this.#positions[0];
    if (first === undefined || (needed < first && this.#positions.length >= keptMarks / 2)) return null;
    const index = lowerBound(this.#positions, needed);
    const time = this.#times[index];
    if (time === undefined) return null;
    const latencyMs = nowMs - time;
    if (!isFinal) {
      this.#points.push({ seconds: endSeconds, latencyMs });
      if (this.#points.length > keptPoints) this.#points.shift();
    }
    return latencyMs;
  }

  /** Of interim results; null before the first. */
  figures(): LatencyFigures | null {
    const sorted = this.#points.map((point) => point.latencyMs).sort((a, b) => a - b);
    if (sorted.length === 0) return null;
    return { count: sorted.length, medianMs: quantile(sorted, 0.5), p95Ms: quantile(sorted, 0.95) };
  }
}

/** First index whose value is at least `wanted`. */
function lowerBound(ascending: readonly number[], wanted: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Nearest rank. */
function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)]!;
}
