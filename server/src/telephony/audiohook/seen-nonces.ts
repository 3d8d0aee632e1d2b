/** Signatures that were used, so that none is used twice while it is valid. */
export class SeenNonces {
  readonly #untilSeconds = new Map<string, number>();
  readonly #max: number;

  /** @param max kept at most; with more at a time nobody is let in, rather than somebody twice */
  constructor(max: number) {
    this.#max = max;
  }

  /** @returns whether it was not seen before */
  add(nonce: string, untilSeconds: number, nowSeconds: number): boolean {
    // In the order of their coming, which is nearly that of their end.
    for (const [seen, until] of this.#untilSeconds) {
      if (until >= nowSeconds) break;
      this.#untilSeconds.delete(seen);
    }
    if (this.#untilSeconds.has(nonce) || this.#untilSeconds.size >= this.#max) return false;
    this.#untilSeconds.set(nonce, untilSeconds);
    return true;
  }
}
