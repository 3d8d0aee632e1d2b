/**
 * One cached variant of a list of clips. Layout: for each clip its raw frames (float32 `[frames, rawSize]`), its levels
 * (float32 `[bands + 1]`) and its speech targets (one byte a frame, padded to 4); then a JSON footer with the index
 * and the SHA-256 of all before it; then the footer's length (uint32) and a mark. The file gets its name only when it is
 * whole, and the footer holds the key it was made for, so a half-written or foreign file is never taken for the right one.
 */
import { createHash, type Hash } from 'node:crypto';
import { readSync } from 'node:fs';

/** The last bytes of a file, after the length of its footer. */
export const mark = 'UNDFEAT1';
export const trailerBytes: number = 4 + mark.length;
const hashChunkBytes = 8 << 20;

/** What the index says of a clip. */
export interface IndexedClip {
  readonly id: string;
  readonly speaker: string;
  /** Empty for sounds that are not speech. */
  readonly label: string;
  readonly corpus: string;
  readonly sex?: 'female' | 'male';
}

/** Where it lies. */
export interface IndexEntry extends IndexedClip {
  readonly frames: number;
  readonly offsetBytes: number;
}

export interface Footer {
  readonly key: string;
  readonly rawSize: number;
  readonly sha256: string;
  readonly clips: readonly IndexEntry[];
  /** In an interrupted file: clips of the list that were gone through. */
  readonly processed?: number;
}

export function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** Reads until `target` is full or the file ends; returns the bytes read. */
export function readWhole(descriptor: number, target: Uint8Array, positionBytes: number): number {
  let done = 0;
  while (done < target.length) {
    const count = readSync(descriptor, target, done, target.length - done, positionBytes + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** SHA-256 of the first `length` bytes of a file, or of all that there are. */
export function hashFile(descriptor: number, length: number): Hash {
  const hash = createHash('sha256');
  const chunk = new Uint8Array(Math.min(hashChunkBytes, length));
  for (let at = 0; at < length; ) {
    const count = readWhole(descriptor, chunk.subarray(0, Math.min(chunk.length, length - at)), at);
    if (count === 0) break;
    hash.update(chunk.subarray(0, count));
    at += count;
  }
  return hash;
}
