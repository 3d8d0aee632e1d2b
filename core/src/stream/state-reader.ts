/**
 * Reads what `StateWriter` wrote. Nothing that comes is trusted: every number is checked against its range, nothing is
 * read past the end, and no size is taken from the bytes without a bound. What does not fit is `bad_checkpoint`.
 */
import { UndertoneError } from '../errors.ts';
import { checksum } from './state-writer.ts';

const most = Number.MAX_VALUE;
/** Longest text of a snapshot: names of models and hashes. */
const longestText = 1024;

export class StateReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #at = 0;

  /** Throws `bad_checkpoint` unless the checksum at the end fits. */
  constructor(bytes: Uint8Array) {
    if (bytes.length < 4 || bytes.length % 4 !== 0)
      damaged('a whole number of words', `${bytes.length} bytes`);
    // A copy, as words must be aligned.
    this.#bytes = bytes.slice();
    this.#view = new DataView(this.#bytes.buffer);
    this.#end = bytes.length - 4;
    const words = new Uint32Array(this.#bytes.buffer);
    const found = checksum(words.subarray(0, -1));
    if (found !== words.at(-1)) damaged(`bytes with the checksum ${words.at(-1)}`, found);
  }

  /** An integer in [0, highest]. */
  count(highest: number = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.#bytes[this.#take(1)]!;
      value += (byte % 128) * factor;
      if (byte < 128) {
        if (value > highest) damaged(`a count up to ${highest}`, value);
        return value;
      }
      factor *= 128;
    }
    return damaged('a count of at most 8 bytes', 'a longer one');
  }

  flag(): boolean {
    return this.count(1) === 1;
  }

  /** A number in [low, high]; finite unless a bound is infinite, and never NaN. */
  number(low: number = -most, high: number = most): number {
    const value = this.#view.getFloat64(this.#take(8), true);
    if (!(value >= low && value <= high)) damaged(`a number in [${low}, ${high}]`, value);
    return value;
  }

  text(): string {
    const length = this.count(longestText);
    let value = '';
    for (let i = 0; i < length; i++) value += String.fromCharCode(this.count(0xffff));
    return value;
  }

  /** Fills `target` with values in [low, high]. */
  array(target: Float32Array | Float64Array, low: number = -most, high: number = most): void {
    const from = this.#take(target.byteLength);
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(
      this.#bytes.subarray(from, from + target.byteLength),
    );
    for (let i = 0; i < target.length; i++) {
      const value = target[i]!;
      if (!(value >= low && value <= high)) damaged(`numbers in [${low}, ${high}]`, value);
    }
  }

  sparse(target: Float64Array | Uint32Array): void {
    target.fill(0);
    const found = this.count(target.length);
    let next = 0;
    for (let i = 0; i < found; i++) {
      const at = next + this.count(target.length);
      if (at >= target.length) damaged(`an index below ${target.length}`, at);
      target[at] = target instanceof Uint32Array ? this.count(2 ** 32 - 1) : this.number();
      next = at + 1;
    }
  }

  /** Throws `bad_checkpoint` when something is left. */
  finish(): void {
    if (this.#end - this.#at > 3) damaged(`${this.#at} bytes`, this.#end);
  }

  /** Where the next `bytes` bytes begin. */
  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#end) damaged(`${at + bytes} bytes`, this.#end);
    this.#at += bytes;
    return at;
  }
}

/** Throws `bad_checkpoint`. */
export function damaged(expected: string, found: unknown): never {
  throw new UndertoneError(
    'bad_checkpoint',
    `Expected a snapshot of a stream with ${expected}; found ${String(found)}.`,
  );
}
