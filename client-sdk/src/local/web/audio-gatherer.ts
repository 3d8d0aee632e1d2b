/**
 * Small packets go to the worker together: each message wakes two threads, which costs more than recognising what it
 * holds. Large ones go in slices, so that the worker hears of an end soon and copies stay small.
 */
export interface AudioGathererOptions {
  /** Packets wait for one another until they are so many bytes. */
  readonly gatherBytes: number;
  /** At least `gatherBytes`. */
  readonly sliceBytes: number;
  /** What waits goes when nothing more comes for so long. */
  readonly waitMs: number;
  /** Takes a copy that is its own. Never rejects. */
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
}

export class AudioGatherer {
  readonly #options: AudioGathererOptions;
  readonly #waiting: Uint8Array<ArrayBuffer>;
  #waitingBytes = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** What the timer has sent. */
  #sent: Promise<void> = Promise.resolve();

  constructor(options: AudioGathererOptions) {
    this.#options = options;
    this.#waiting = new Uint8Array(options.gatherBytes);
  }

  /** Resolves when there is room for more. */
  async add(bytes: Uint8Array): Promise<void> {
    const { gatherBytes, sliceBytes, waitMs, send } = this.#options;
    if (this.#waitingBytes + bytes.length < gatherBytes) {
      this.#waiting.set(bytes, this.#waitingBytes);
      this.#waitingBytes += bytes.length;
      this.#timer ??= setTimeout(() => {
        this.#sent = this.flush();
      }, waitMs);
      return;
    }
    await this.#sent;
    let start = 0;
    if (this.#waitingBytes > 0) {
      start = Math.min(bytes.length, sliceBytes - this.#waitingBytes);
      await send(this.#takeWith(bytes.subarray(0, start)));
    }
    for (; start < bytes.length; start += sliceBytes) {
      await send(bytes.slice(start, start + sliceBytes) as Uint8Array<ArrayBuffer>);
    }
  }

  /** Sends what waits. */
  async flush(): Promise<void> {
    await this.#sent;
    if (this.#waitingBytes > 0) await this.#options.send(this.#takeWith(new Uint8Array(0)));
    else this.stop();
  }

  /** What waits is not sent by itself any more. */
  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #takeWith(more: Uint8Array): Uint8Array<ArrayBuffer> {
    this.stop();
    const all = new Uint8Array(this.#waitingBytes + more.length);
    all.set(this.#waiting.subarray(0, this.#waitingBytes));
    all.set(more, this.#waitingBytes);
    this.#waitingBytes = 0;
    return all;
  }
}
