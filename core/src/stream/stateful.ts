import type { StateReader } from './state-reader.ts';
import type { StateWriter } from './state-writer.ts';

/** What has state that belongs to a snapshot of a stream. */
export interface Stateful {
  writeState(writer: StateWriter): void;
  /**
   * Replaces the state of a new object, made with the same configuration, by one that `writeState` wrote.
   * @throws UndertoneError `bad_checkpoint`; the object is then of no use
   */
  readState(reader: StateReader): void;
}
