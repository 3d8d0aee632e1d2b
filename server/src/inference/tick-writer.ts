/** Fills one shared buffer with the records of a tick, and the list of commands that goes with it. */
import type { AudioLog } from './audio-log.ts';
import { headerBytes, type WorkerCommand } from './worker-protocol.ts';

export class TickWriter {
  readonly #bytes: Uint8Array;
  readonly #header: Int32Array;
  #used = 0;
  #commands: WorkerCommand[] = [];

  constructor(buffer: SharedArrayBuffer) {
    this.#bytes = new Uint8Array(buffer);
    this.#header = new Int32Array(buffer);
  }

  get usedBytes(): number {
    return this.#used;
  }

  get commands(): readonly WorkerCommand[] {
    return this.#commands;
  }

  /** Bytes of audio that still fit into one record; below 0 when not even a command does. */
  get roomBytes(): number {
    return this.#bytes.length - this.#used - headerBytes;
  }

  clear(): void {
    this.#used = 0;
    this.#commands = [];
  }

  /** @param to at most `roomBytes` after `from` */
  audio(stream: number, log: AudioLog, from: number, to: number): void {
    this.#head(stream, to - from);
    log.copy(from, to, this.#bytes, this.#used);
    this.#used += (to - from + 3) & ~3;
  }

  command(stream: number, command: WorkerCommand): void {
    this.#head(stream, -1);
    this.#commands.push(command);
  }

  #head(stream: number, length: number): void {
    this.#header[this.#used / 4] = stream;
    this.#header[this.#used / 4 + 1] = length;
    this.#used += headerBytes;
  }
}
