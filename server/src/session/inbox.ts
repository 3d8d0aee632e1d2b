/** What a client sent and the session has not handled yet, in order. Large audio messages leave it in slices. */
import type { UndertoneError } from '@undertone/core';
import type { SummaryMessage } from '@undertone/proto';

export interface Ending {
  readonly reason: SummaryMessage['reason'];
  /** Absent when the end is no error. */
  readonly error?: UndertoneError;
  readonly closeCode: number;
  readonly closeReason: string;
}

export type InboxItem =
  | { readonly kind: 'audio'; readonly bytes: Uint8Array; readonly atMs: number }
  | { readonly kind: 'finalize'; readonly atMs: number }
  | { readonly kind: 'end'; readonly ending: Ending; readonly atMs: number };

export class Inbox {
  readonly #items: InboxItem[] = [];
  readonly #sliceBytes: number;
  #offset = 0;
  #bytes = 0;

  constructor(sliceBytes: number) {
    this.#sliceBytes = sliceBytes;
  }

  /** Audio bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  push(item: InboxItem): void {
    if (item.kind === 'audio') this.#bytes += item.bytes.length;
    this.#items.push(item);
  }

  /** The next item, or the next slice of it. */
  next(): InboxItem | undefined {
    const item = this.#items[0];
    if (item?.kind !== 'audio') return this.#items.shift();
    const bytes = item.bytes.subarray(this.#offset, this.#offset + this.#sliceBytes);
    this.#offset += bytes.length;
    this.#bytes -= bytes.length;
    if (this.#offset === item.bytes.length) {
      this.#items.shift();
      this.#offset = 0;
    }
    return { kind: 'audio', bytes, atMs: item.atMs };
  }

  clear(): void {
    this.#items.length = 0;
    this.#offset = 0;
    this.#bytes = 0;
  }
}
