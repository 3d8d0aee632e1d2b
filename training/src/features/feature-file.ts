/** Reads a feature file; see `feature-file-layout.ts`. */
import { closeSync, openSync, statSync } from 'node:fs';
import { UndertoneError } from '@undertone/core';
import type { ClipFeatures } from './clip-features.ts';
import {
  type Footer,
  hashFile,
  type IndexEntry,
  type IndexedClip,
  mark,
  readWhole,
  trailerBytes,
} from './feature-file-layout.ts';

export type { IndexedClip } from './feature-file-layout.ts';

/** Reads clips by position; the operating system's page cache does the caching. */
export class FeatureFile {
  readonly rawSize: number;
  readonly path: string;
  /** Bytes before the footer. */
  readonly dataBytes: number;
  readonly #descriptor: number;
  readonly #footer: Footer;

  /** @throws UndertoneError `bad_corpus` when the file is missing, cut off or made for another key */
  constructor(path: string, key: string) {
    this.path = path;
    try {
      this.#descriptor = openSync(path, 'r');
    } catch (cause) {
      throw new UndertoneError('bad_corpus', `There is no feature file ${path}.`, { cause });
    }
    try {
      const sizeBytes = statSync(path).size;
      this.#footer = this.#readFooter(sizeBytes);
      if (this.#footer.key !== key) this.#refuse(`key ${key}`, this.#footer.key);
      this.dataBytes = sizeBytes - trailerBytes - Buffer.byteLength(JSON.stringify(this.#footer));
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
    this.rawSize = this.#footer.rawSize;
  }

  get count(): number {
    return this.#footer.clips.length;
  }

  /** Clips of the list that an interrupted file rests on, unusable ones included. */
  get processed(): number {
    return this.#footer.processed ?? this.count;
  }

  get entries(): readonly IndexEntry[] {
    return this.#footer.clips;
  }

  clip(index: number): IndexedClip & { readonly frames: number } {
    return this.#entry(index);
  }

  read(index: number): ClipFeatures {
    const { frames, offsetBytes } = this.#entry(index);
    const rawBytes = frames * this.rawSize * 4;
    const levelBytes = (this.rawSize - 1) * 4;
    const bytes = new Uint8Array(rawBytes + levelBytes + frames);
    this.#readAt(bytes, offsetBytes);
    return {
      frames,
      raw: new Float32Array(bytes.buffer, 0, frames * this.rawSize),
      levels: new Float32Array(bytes.buffer, rawBytes, this.rawSize - 1),
      speech: bytes.subarray(rawBytes + levelBytes),
    };
  }

  /** Reads everything once. @throws UndertoneError `bad_corpus` when a byte has changed */
  verify(): void {
    const found = hashFile(this.#descriptor, this.dataBytes).digest('hex');
    if (found !== this.#footer.sha256) this.#refuse(`SHA-256 ${this.#footer.sha256}`, found);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #entry(index: number): IndexEntry {
    const entry = this.#footer.clips[index];
    if (!entry) throw new RangeError(`Expected a clip index below ${this.count}, got ${index}.`);
    return entry;
  }

  #readFooter(sizeBytes: number): Footer {
    if (sizeBytes < trailerBytes) this.#refuse('a feature file', `${sizeBytes} bytes`);
    const trailer = Buffer.alloc(trailerBytes);
    this.#readAt(trailer, sizeBytes - trailerBytes);
    const footerBytes = trailer.readUInt32LE(0);
    if (trailer.toString('latin1', 4) !== mark || footerBytes > sizeBytes - trailerBytes) {
      this.#refuse(`a file that ends with ${mark}`, 'something else');
    }
    const text = Buffer.alloc(footerBytes);
    this.#readAt(text, sizeBytes - trailerBytes - footerBytes);
    try {
      return JSON.parse(text.toString('utf8')) as Footer;
    } catch {
      this.#refuse('a JSON index', 'something else');
    }
  }

  #readAt(target: Uint8Array, positionBytes: number): void {
    const done = readWhole(this.#descriptor, target, positionBytes);
    if (done < target.length) this.#refuse(`${target.length} bytes at ${positionBytes}`, `${done}`);
  }

  #refuse(expected: string, found: string): never {
    throw new UndertoneError(
      'bad_corpus',
      `Feature file ${this.path}: expected ${expected}; found ${found}.`,
    );
  }
}
