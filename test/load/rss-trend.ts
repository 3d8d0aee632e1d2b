/** Resident memory over time, once a second, and whether it grows. */
export class RssTrend {
  readonly #minutes: number[] = [];
  readonly #bytes: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param read bytes now */
  start(read: () => number): void {
    const startedAtMs = performance.now();
    this.#timer = setInterval(() => this.add((performance.now() - startedAtMs) / 60_000, read()), 1000);
  }

  add(minute: number, bytes: number): void {
    this.#minutes.push(minute);
    this.#bytes.push(bytes);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Least squares over the second half of the samples; 0 of less than two. */
  slopeBytesPerMinute(): number {
    const from = Math.floor(this.#minutes.length / 2);
    const x = this.#minutes.slice(from);
    const y = this.#bytes.slice(from);
    const mean = (values: number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
    const [mx, my] = [mean(x), mean(y)];
    let xy = 0;
    let xx = 0;
    for (let i = 0; i < x.length; i++) {
      xy += (x[i]! - mx) * (y[i]! - my);
      xx += (x[i]! - mx) ** 2;
    }
    return xx > 0 ? Math.round(xy / xx) : 0;
  }
}
