/** Final results that a client has not acknowledged yet, in the order in which they were sent. Bounded by its owner. */
import type { EmotionMessage } from '@undertone/proto';

export class UnacknowledgedFinals {
  readonly #limit: number;
  readonly #finals: EmotionMessage[];
  #fullSinceMs: number | null = null;

  /** @param carried of the stream before it came here */
  constructor(limit: number, carried: readonly EmotionMessage[] = []) {
    this.#limit = limit;
    this.#finals = [...carried];
  }

  get all(): readonly EmotionMessage[] {
    return this.#finals;
  }

  /** No more audio may be recognised until some are acknowledged. */
  get isFull(): boolean {
    return this.#finals.length >= this.#limit;
  }

  /** For how long it has been full. */
  fullForMs(nowMs: number): number {
    if (!this.isFull) return 0;
    this.#fullSinceMs ??= nowMs;
    return nowMs - this.#fullSinceMs;
  }

  add(final: EmotionMessage, nowMs: number): void {
    this.#finals.push(final);
    if (this.isFull) this.#fullSinceMs ??= nowMs;
  }

  /** This one and all that were sent before it have arrived. One that is not waited for changes nothing. */
  acknowledge(id: string): void {
    const index = this.#finals.findIndex((final) => final.id === id);
    this.#finals.splice(0, index + 1);
    if (!this.isFull) this.#fullSinceMs = null;
  }

  clear(): void {
    this.#finals.length = 0;
  }
}
