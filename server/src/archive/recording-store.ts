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

  /** @param sources by scheme, such as `file` */
  constructor(sources: ReadonlyMap<string, RecordingSource>) {
    this.#sources = sources;
  }

  /** @throws UndertoneError `bad_parameter` for an address of another kind; what sources throw */
  read(address: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const scheme = /^([a-z][a-z\d+.-]*):/i.exec(address)?.[1]?.toLowerCase() ?? '';
    const source = this.#sources.get(scheme);
    if (source) return source.read(address, signal);
    const expected = `Expected source to begin with file:, https: or http:`;
    throw new UndertoneError('bad_parameter', `${expected}; got "${address.slice(0, 100)}".`);
  }
}
