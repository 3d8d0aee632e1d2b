/** The calls of one pod: only how many there are and when they end matters, so they are counts in a ring of seconds. */
export const longestCallSeconds = 14_400;

export class PodCalls {
  readonly #endings = new Int32Array(longestCallSeconds);
  #open = 0;

  get open(): number {
    return this.#open;
  }

  /** @param untilSecond after `second` and at most `longestCallSeconds` later */
  add(untilSecond: number): void {
    this.#endings[untilSecond % longestCallSeconds]!++;
    this.#open++;
  }

  /** To be called for every second in turn. */
  end(second: number): void {
    const slot = second % longestCallSeconds;
    this.#open -= this.#endings[slot]!;
    this.#endings[slot] = 0;
  }

  /** Takes out at most so many calls, those first that end first. @returns the seconds in which they end */
  take(second: number, limit: number): number[] {
    const taken: number[] = [];
    for (let ahead = 1; ahead < longestCallSeconds && this.#open > 0 && taken.length < limit; ahead++) {
      const slot = (second + ahead) % longestCallSeconds;
      while (this.#endings[slot]! > 0 && taken.length < limit) {
        this.#endings[slot]!--;
        this.#open--;
        taken.push(second + ahead);
      }
    }
    return taken;
  }
}
