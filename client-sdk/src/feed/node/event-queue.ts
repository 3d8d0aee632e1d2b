/** What waits for a reader: durable events make their source wait, those of the moment take the place of older ones. */
export class EventQueue<Item> {
  readonly #most: number;
  readonly #items: { readonly item: Item; readonly isDurable: boolean }[] = [];
  #durable = 0;
  #over: { readonly cause: unknown } | null = null;
  #wake: (() => void) | null = null;
  #roomMade: (() => void) | null = null;

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when there is room again; the caller waits for it before it has the next. */
  async push(item: Item): Promise<void> {
    if (this.#over) return;
    this.#items.push({ item, isDurable: true });
    this.#durable++;
    this.#wake?.();
    if (this.#durable <= this.#most) return;
    await new Promise<void>((resolve) => {
      this.#roomMade = resolve;
    });
  }

  /** @returns false where it is left out, because the reader is behind */
  offer(item: Item): boolean {
    if (this.#over || this.#items.length - this.#durable >= this.#most) return false;
    this.#items.push({ item, isDurable: false });
    this.#wake?.();
    return true;
  }

  /** What waits still comes. @param cause thrown to the reader; null for none */
  end(cause: unknown = null): void {
    this.#over ??= { cause };
    this.#wake?.();
    this.#roomMade?.();
  }

  /** Resolves to null when it is over. */
  async take(): Promise<Item | null> {
    for (;;) {
      const first = this.#items.shift();
      if (first) {
        if (first.isDurable) this.#durable--;
        if (this.#durable <= this.#most / 2) {
          this.#roomMade?.();
          this.#roomMade = null;
        }
        return first.item;
      }
      if (this.#over) {
        if (this.#over.cause !== null) throw this.#over.cause;
        return null;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }
}
