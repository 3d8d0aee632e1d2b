/**
 * Messages by their sequence number: in order they pass at once, one that comes early waits for those before it, and
 * what does not come while `window` others arrive counts as lost. One that comes late or twice is left out.
 */
export class SequenceOrder<T> {
  readonly #window: number;
  readonly #waiting = new Map<number, T>();
  #next: number | null;
  #lost = 0;
  #late = 0;

  /** @param next number of the first message; null: whatever comes first */
  constructor(next: number | null, window: number) {
    this.#next = next;
    this.#window = window;
  }

  /** Numbers that never came. */
  get lost(): number {
    return this.#lost;
  }

  /** Messages left out because they came late or twice. */
  get late(): number {
    return this.#late;
  }

  /** What can be handled now, in order. Without a number a message passes as it comes. */
  push(sequence: number | null, item: T): readonly T[] {
    if (sequence === null) return [item];
    this.#next ??= sequence;
    if (sequence < this.#next || this.#waiting.has(sequence)) {
      this.#late++;
      return [];
    }
    if (sequence === this.#next && this.#waiting.size === 0) {
      this.#next++;
      return [item];
    }
    this.#waiting.set(sequence, item);
    const ready = this.#take();
    return this.#waiting.size > this.#window ? [...ready, ...this.#skip()] : ready;
  }

  /** Nothing more comes: what waits, in order. */
  flush(): readonly T[] {
    const items: T[] = [];
    while (this.#waiting.size > 0) items.push(...this.#skip());
    return items;
  }

  #take(): T[] {
    const items: T[] = [];
    for (let next = this.#next!; this.#waiting.has(next); next++) {
      items.push(this.#waiting.get(next)!);
      this.#waiting.delete(next);
      this.#next = next + 1;
    }
    return items;
  }

  /** Gives up what is missing before the lowest that waits. */
  #skip(): readonly T[] {
    const lowest = Math.min(...this.#waiting.keys());
    this.#lost += lowest - this.#next!;
    this.#next = lowest;
    return this.#take();
  }
}
