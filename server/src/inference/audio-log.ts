/**
 * The newest bytes of a stream, by their position in it: those that are still to be sent to a recognition thread, and
 * those that another thread would need if that one died. A ring that grows in steps, so that a packet makes no garbage.
 */
const growthBytes = 8192;

export class AudioLog {
  #ring = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** Position of the first byte that is kept. */
  get start(): number {
    return this.#start;
  }

  /** Position after the last byte. */
  get end(): number {
    return this.#end;
  }

  append(bytes: Uint8Array): void {
    const kept = this.#end - this.#start;
    if (kept + bytes.length > this.#ring.length) this.#grow(kept + bytes.length);
    const size = this.#ring.length;
    const at = this.#end % size;
    const first = Math.min(bytes.length, size - at);
    if (first === bytes.length) this.#ring.set(bytes, at);
    else {
      this.#ring.set(bytes.subarray(0, first), at);
      this.#ring.set(bytes.subarray(first), 0);
    }
    this.#end += bytes.length;
  }

  /** Copies `[from, to)`, which must be kept, into `target` at `offset`. */
  copy(from: number, to: number, target: Uint8Array, offset: number): void {
    if (to === from) return;
    const size = this.#ring.length;
    const at = from % size;
    const first = Math.min(to - from, size - at);
    target.set(this.#ring.subarray(at, at + first), offset);
    if (first < to - from) target.set(this.#ring.subarray(0, to - from - first), offset + first);
  }

  /** Forgets what is before `position`. */
  forgetBefore(position: number): void {
    this.#start = Math.max(this.#start, Math.min(position, this.#end));
  }

  /** Takes back what is from `position` on. */
  truncate(position: number): void {
    this.#end = Math.max(this.#start, Math.min(position, this.#end));
  }

  #grow(bytes: number): void {
    const ring = new Uint8Array(Math.ceil(bytes / growthBytes) * growthBytes);
    const { length } = ring;
    for (let from = this.#start; from < this.#end; ) {
      const to = Math.min(this.#end, from + length - (from % length));
      this.copy(from, to, ring, from % length);
      from = to;
    }
    this.#ring = ring;
  }
}
