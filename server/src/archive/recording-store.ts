/** Where recordings are: whatever reads one from there refuses what a job has no business with. */
import { UndertoneError } from '@undertone/core';

/** One kind of place. */
export interface RecordingSource {
  /**
   * The bytes, in pieces of at most some hundred kilobytes.
   * @param address as the job names it
   * @throws UndertoneError `forbidden`, `file_not_found`, `message_too_large`, `connection_failed`
   */
  read(address: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export class RecordingStore {
  readonly #sources: ReadonlyMap<string, RecordingSource>;
  readonly #patienceMs: number;

  /**
   * @param sources by scheme, such as `file`
   * @param patienceMs that the next bytes of a recording have to come; how long they are worked on does not count
   */
  constructor(sources: ReadonlyMap<string, RecordingSource>, patienceMs: number) {
    this.#sources = sources;
    this.#patienceMs = patienceMs;
  }

  /** @throws UndertoneError `bad_parameter` for an address of another kind; what sources throw */
  async *read(address: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const scheme = /^([a-z][a-z\d+.-]*):/i.exec(address)?.[1]?.toLowerCase() ?? '';
    const source = this.#sources.get(scheme);
    if (!source)
      throw new UndertoneError(
        'bad_parameter',
        `Expected source to begin with file:, https: or http:; got "${address.slice(0, 100)}".`,
      );
    // AbortSignal.any would keep something of each recording for as long as the worker runs.
    const ending = new AbortController();
    const end = (): void => ending.abort(signal.reason);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    const pieces = source.read(address, ending.signal)[Symbol.asyncIterator]();
    let isDone = false;
    try {
      while (!isDone) {
        const piece = await this.#inTime(pieces.next(), ending);
        isDone = piece.done === true;
        if (!piece.done) yield piece.value;
      }
    } finally {
      signal.removeEventListener('abort', end);
      // Not awaited: a share that is away may never answer.
      if (!isDone) pieces.return?.().catch(() => {});
    }
  }

  async #inTime<T>(next: Promise<T>, late: AbortController): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        late.abort();
        const expected = `Expected more of the recording within ${this.#patienceMs / 1000} s`;
        reject(new UndertoneError('connection_failed', `${expected}; nothing came.`));
      }, this.#patienceMs);
    });
    try {
      return await Promise.race([next, deadline]);
    } finally {
      clearTimeout(timer);
      // It loses against the deadline.
      next.catch(() => {});
    }
  }
}
