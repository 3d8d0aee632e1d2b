/**
 * What was sent and is not yet part of a checkpoint: audio and messages in the order they were written, so that they can
 * be sent again to another server. Positions are bytes of audio since the stream began.
 */
export type ReplayEntry =
  | { readonly at: number; readonly audio: Uint8Array }
  | { readonly at: number; readonly text: string };

export class ReplayLog {
  #entries: ReplayEntry[] = [];
  #start = 0;
  #end = 0;

  /** Bytes of audio kept. */
  get keptBytes(): number {
    return this.#end - this.#start;
  }

  /** Position behind the last byte. */
  get endBytes(): number {
    return this.#end;
  }

  /** Keeps a copy: the caller may use its array again. */
  appendAudio(audio: Uint8Array): void {
    if (audio.length === 0) return;
    this.#entries.push({ at: this.#end, audio: audio.slice() });
    this.#end += audio.length;
  }

  /** A message that takes effect after the audio so far. */
  appendText(text: string): void {
    this.#entries.push({ at: this.#end, text });
  }

  /** Lets go of audio before this position, and of messages before it; one exactly there is kept. */
  forgetBefore(position: number): void {
    if (position <= this.#start) return;
    const start = Math.min(position, this.#end);
    this.#entries = [...this.from(start)];
    this.#start = start;
  }

  /** What follows a position that has not been forgotten; the first piece of audio may be the rest of one. */
  *from(position: number): Generator<ReplayEntry> {
    for (const entry of this.#entries) {
      if ('text' in entry) {
        if (entry.at >= position) yield entry;
        continue;
      }
      const skip = position - entry.at;
      if (skip <= 0) yield entry;
      else if (skip < entry.audio.length) yield { at: position, audio: entry.audio.subarray(skip) };
    }
  }
}
