/** What a client sent and the session has not handled yet, in order. Large audio messages leave it in slices. */

/** What a message costs beside its audio: without it, a flood of empty messages would be no load at all. */
const messageBytes = 256;

export type InboxItem =
  | { readonly kind: 'audio'; readonly bytes: Uint8Array; readonly atMs: number }
  /** What follows waits until it is done. */
  | { readonly kind: 'control'; readonly run: () => Promise<void> }
  | { readonly kind: 'end'; readonly run: () => Promise<void> };

export class Inbox {
  readonly #items: InboxItem[] = [];
  readonly #sliceBytes: number;
  #offset = 0;
  #audioBytes = 0;

  constructor(sliceBytes: number) {
    this.#sliceBytes = sliceBytes;
  }

  /** Memory that waits: the audio, and 256 bytes for each message. */
  get bytes(): number {
    return this.#audioBytes + this.#items.length * messageBytes;
  }

  get audioBytes(): number {
    return this.#audioBytes;
  }

  push(item: InboxItem): void {
    if (item.kind === 'audio') this.#audioBytes += item.bytes.length;
    this.#items.push(item);
  }

  /** The next item, or the next slice of it. */
  next(): InboxItem | undefined {
    const item = this.#items[0];
    if (item?.kind !== 'audio') return this.#items.shift();
    const bytes = item.bytes.subarray(this.#offset, this.#offset + this.#sliceBytes);
    this.#offset += bytes.length;
    this.#audioBytes -= bytes.length;
    if (this.#offset === item.bytes.length) {
      this.#items.shift();
      this.#offset = 0;
    }
    return { kind: 'audio', bytes, atMs: item.atMs };
  }

  clear(): void {
    this.#items.length = 0;
    this.#offset = 0;
    this.#audioBytes = 0;
  }
}
