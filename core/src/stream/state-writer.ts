/**
 * Writes the state of a stream as compact bytes: numbers in the order in which `StateReader` asks for them, a checksum at
 * the end. Arrays keep the machine's byte order, which is little-endian wherever ONNX Runtime runs.
 */

/** FNV-1a (Fowler, Noll and Vo) over words of 32 bits: a change within one word always changes it. */
export function checksum(words: Uint32Array): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return hash >>> 0;
}

export class StateWriter {
  #bytes = new Uint8Array(65536);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Begins anew: a writer can be used again, and needs no new memory then. */
  reset(): void {
    this.#length = 0;
  }

  /** An integer in [0, 2^53), in as few bytes as it needs: seven bits a byte, lowest first. */
  count(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  flag(value: boolean): void {
    this.count(value ? 1 : 0);
  }

  number(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  text(value: string): void {
    this.count(value.length);
    for (let i = 0; i < value.length; i++) this.count(value.charCodeAt(i));
  }

  /** The values alone: the reader knows how many. */
  array(values: Float32Array | Float64Array): void {
    this.#reserve(values.byteLength);
    this.#bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), this.#length);
    this.#length += values.byteLength;
  }

  /** An array of which most values are 0. */
  sparse(values: Float64Array | Uint32Array): void {
    let found = 0;
    for (let i = 0; i < values.length; i++) if (values[i] !== 0) found++;
    this.count(found);
    let next = 0;
    for (let i = 0; i < values.length; i++) {
      if (values[i] === 0) continue;
      this.count(i - next);
      next = i + 1;
      if (values instanceof Uint32Array) this.count(values[i]!);
      else this.number(values[i]!);
    }
  }

  /** All that was written, zeros up to a whole number of words, its checksum. */
  finish(): Uint8Array {
    this.#reserve(7);
    while (this.#length % 4 !== 0) this.#bytes[this.#length++] = 0;
    const words = new Uint32Array(this.#bytes.buffer, 0, this.#length / 4 + 1);
    words[words.length - 1] = checksum(words.subarray(0, -1));
    return this.#bytes.slice(0, this.#length + 4);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + bytes));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
