/** Knows the newest of what it was shown: in two halves, the older of which is let go of when the newer is full. */
export class RecentIds {
  readonly #half: number;
  #newer = new Set<string>();
  #older = new Set<string>();

  /** @param most ids that are known at a time; at least half as many always are */
  constructor(most: number) {
    this.#half = Math.max(1, Math.ceil(most / 2));
  }

  /** @returns whether it is new */
  add(id: string): boolean {
    if (this.#newer.has(id) || this.#older.has(id)) return false;
    if (this.#newer.size >= this.#half) {
      this.#older = this.#newer;
      this.#newer = new Set();
    }
    this.#newer.add(id);
    return true;
  }
}
