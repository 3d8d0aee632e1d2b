/** Results that go back into a call: no more than the client bears, the newest rather than all. */
export interface EventPaceOptions<T> {
  readonly everyMs: number;
  /** Events that wait at most; beyond it the oldest are left out. */
  readonly maxWaiting: number;
  readonly send: (event: T) => void;
  readonly onDropped: () => void;
}

export class EventPace<T> {
  readonly #options: EventPaceOptions<T>;
  readonly #waiting: T[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: EventPaceOptions<T>) {
    this.#options = options;
  }

  push(event: T): void {
    if (this.#timer) {
      this.#waiting.push(event);
      if (this.#waiting.length <= this.#options.maxWaiting) return;
      this.#waiting.shift();
      this.#options.onDropped();
      return;
    }
    this.#options.send(event);
    this.#timer = setTimeout(() => this.#next(), this.#options.everyMs);
  }

  /** What waits goes out now: the call is over. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const event of this.#waiting.splice(0)) this.#options.send(event);
  }

  #next(): void {
    this.#timer = undefined;
    const event = this.#waiting.shift();
    if (event !== undefined) this.push(event);
  }
}
