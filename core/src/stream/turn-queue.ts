/** First in, first out, of which several are taken at once and some may be put back to where they were. */
export class TurnQueue<Item> {
  /** Those before `#head` were taken. */
  #items: Item[] = [];
  #head = 0;

  add(item: Item): void {
    this.#items.push(item);
  }

  /** The oldest items, at most `most` of them; those that `keeps` does not keep are dropped on the way. */
  take(most: number, keeps: (item: Item) => boolean): Item[] {
    const taken: Item[] = [];
    while (this.#head < this.#items.length && taken.length < most) {
      const item = this.#items[this.#head++]!;
      if (keeps(item)) taken.push(item);
    }
    return taken;
  }

  /** Puts items that were taken last in front of all others, in this order. */
  putBack(items: readonly Item[]): void {
    for (let i = items.length - 1; i >= 0; i--) this.#items[--this.#head] = items[i]!;
    // What was taken is forgotten once it is the larger part, so that each item is moved seldom.
    if (2 * this.#head < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }

  takeAll(): Item[] {
    const all = this.#items.slice(this.#head);
    this.#items = [];
    this.#head = 0;
    return all;
  }
}
