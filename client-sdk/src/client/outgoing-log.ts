/**
 * What is to be sent, in the order it was written, and what was sent but is not yet part of a checkpoint, so that it can be
 * sent again. Positions are bytes of audio since the stream began; lost audio counts in them and takes no memory.
 */
export type OutgoingPiece =
  | { readonly at: number; readonly audio: Uint8Array }
  | { readonly at: number; readonly text: string }
  | { readonly at: number; readonly lostBytes: number };

export class OutgoingLog {
  readonly #bytesPerSample: number;
  #pieces: OutgoingPiece[] = [];
  /** Nothing before this position is kept. */
  #start = 0;
  #end = 0;
  #keptBytes = 0;
  /** The first piece that was not taken, and the position within it. */
  #next = 0;
  #takenUpTo = 0;

  /** @param bytesPerSample one sample of every channel */
  constructor(bytesPerSample: number) {
    this.#bytesPerSample = bytesPerSample;
  }

  /** Bytes of audio in memory. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Something was written that was not taken. */
  get hasMore(): boolean {
    return this.#next < this.#pieces.length;
  }

  /** Keeps a copy: the caller may use its array again. */
  appendAudio(audio: Uint8Array): void {
    if (audio.length === 0) return;
    this.#pieces.push({ at: this.#end, audio: audio.slice() });
    this.#end += audio.length;
    this.#keptBytes += audio.length;
  }

  /** A message that takes effect after the audio so far. @returns what `take` gives, each time */
  appendText(text: string): OutgoingPiece {
    const piece = { at: this.#end, text };
    this.#pieces.push(piece);
    return piece;
  }

  /** Whole samples of every channel that will never be sent. Bytes of an unfinished one before them are dropped. */
  appendLost(samples: number): void {
    this.#dropBegunSample();
    const lostBytes = samples * this.#bytesPerSample;
    const last = this.#pieces.at(-1);
    const isOpen = last !== undefined && 'lostBytes' in last && this.#next < this.#pieces.length;
    if (isOpen)
      this.#pieces[this.#pieces.length - 1] = { at: last.at, lostBytes: last.lostBytes + lostBytes };
    else this.#pieces.push({ at: this.#end, lostBytes });
    this.#end += lostBytes;
  }

  /** @returns what comes next, at most `maxBytes` of audio; null when all was taken */
  take(maxBytes: number): OutgoingPiece | null {
    const piece = this.#pieces[this.#next];
    if (!piece) return null;
    if ('text' in piece) {
      this.#next++;
      return piece;
    }
    const from = Math.max(piece.at, this.#takenUpTo);
    const end = endOf(piece);
    this.#takenUpTo = 'audio' in piece ? Math.min(end, from + maxBytes) : end;
    if (this.#takenUpTo === end) this.#next++;
    return 'audio' in piece
      ? { at: from, audio: piece.audio.subarray(from - piece.at, this.#takenUpTo - piece.at) }
      : { at: from, lostBytes: end - from };
  }

  /**
   * What follows this position is taken again.
   * @returns false when some of that is not kept any more, or was never written
   */
  rewind(position: number): boolean {
    if (position < this.#start || position > this.#end) return false;
    const index = this.#pieces.findIndex((piece) => isFrom(piece, position));
    this.#next = index === -1 ? this.#pieces.length : index;
    this.#takenUpTo = position;
    return true;
  }

  /** Lets go of what was taken before this position; a message exactly there is kept. */
  forgetBefore(position: number): void {
    const start = Math.min(position, this.#takenUpTo);
    if (start <= this.#start) return;
    this.#start = start;
    const index = this.#pieces.findIndex((piece) => isFrom(piece, start));
    const gone = index === -1 ? this.#pieces.length : Math.min(index, this.#next);
    for (const piece of this.#pieces.splice(0, gone)) {
      if ('audio' in piece) this.#keptBytes -= piece.audio.length;
    }
    this.#next -= gone;
    const first = this.#pieces[0];
    if (!first || first.at >= start || !('audio' in first)) return;
    const audio = first.audio.slice(start - first.at);
    this.#keptBytes -= first.audio.length - audio.length;
    this.#pieces[0] = { at: start, audio };
  }

  /** Lets go of all that was taken, messages included. */
  forgetTaken(): void {
    this.forgetBefore(this.#takenUpTo);
    this.#pieces.splice(0, this.#next);
    this.#next = 0;
  }

  /** Lets go of the oldest audio that was taken until at most so much is kept. */
  shrinkTo(keptBytes: number): void {
    const excess = this.#keptBytes - keptBytes;
    if (excess > 0) this.forgetBefore(this.#start + excess);
  }

  #dropBegunSample(): void {
    const begun = this.#end % this.#bytesPerSample;
    for (let rest = begun; rest > 0; ) {
      const last = this.#pieces.findLastIndex((piece) => 'audio' in piece);
      const piece = this.#pieces[last];
      if (!piece || !('audio' in piece)) break;
      const cut = Math.min(rest, piece.audio.length);
      this.#pieces[last] = { at: piece.at, audio: piece.audio.slice(0, piece.audio.length - cut) };
      this.#keptBytes -= cut;
      if (cut === piece.audio.length) {
        this.#pieces.splice(last, 1);
        if (last < this.#next) this.#next--;
      }
      rest -= cut;
    }
    this.#end -= begun;
    this.#takenUpTo = Math.min(this.#takenUpTo, this.#end);
    this.#start = Math.min(this.#start, this.#end);
  }
}

function endOf(piece: OutgoingPiece): number {
  if ('audio' in piece) return piece.at + piece.audio.length;
  return 'text' in piece ? piece.at : piece.at + piece.lostBytes;
}

function isFrom(piece: OutgoingPiece, position: number): boolean {
  return 'text' in piece ? piece.at >= position : endOf(piece) > position;
}
