/**
 * Tells events of one stream apart that would share an id: two gaps in one millisecond, two errors of one kind. The first
 * has the plain id, so that ids stay the same wherever the stream is.
 */
import type { ServerMessage } from '@undertone/proto';

export class EventIds {
  /** Of the last gap; all before it began earlier. */
  #gapStart = -1;
  #gaps = 0;
  readonly #errors = new Map<string, number>();

  /** @returns what is put behind the id, for most nothing */
  suffixOf(message: ServerMessage): string {
    if (message.type === 'Gap') {
      this.#gaps = message.start === this.#gapStart ? this.#gaps + 1 : 0;
      this.#gapStart = message.start;
      return suffix(this.#gaps);
    }
    if (message.type !== 'Error') return '';
    const before = this.#errors.get(message.code) ?? 0;
    this.#errors.set(message.code, before + 1);
    return suffix(before);
  }
}

const suffix = (before: number): string => (before === 0 ? '' : `:${before + 1}`);
