/**
 * One cached variant of a list of clips. Layout: for each clip its raw frames (float32 `[frames, rawSize]`), its levels
 * (float32 `[bands + 1]`) and its speech targets (one byte a frame, padded to 4); then a JSON footer with the index
 * and the SHA-256 of all before it; then the footer's length (uint32) and a mark. The file gets its name only when it is
 * whole, and the footer holds the key it was made for, so a half-written or foreign file is never taken for the right one.
 */
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { UndertoneError } from '@undertone/core';
import type { ClipFeatures } from './clip-features.ts';

const mark = 'UNDFEAT1';
const trailerBytes = 4 + mark.length;
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

interface IndexEntry extends IndexedClip {
  readonly frames: number;
  readonly offsetBytes: number;
}

interface Footer {
  readonly key: string;
  readonly rawSize: number;
  readonly sha256: string;
  readonly clips: readonly IndexEntry[];
}

/** Writes a feature file; nothing exists under its name until `finish`. */
export class FeatureFileWriter {
  readonly #path: string;
  readonly #partPath: string;
  readonly #descriptor: number;
  readonly #hash: Hash = createHash('sha256');
  readonly #clips: IndexEntry[] = [];
  #offset = 0;
  #isOpen = true;

  constructor(path: string) {
    this.#path = path;
    this.#partPath = `${path}.${randomBytes(4).toString('hex')}.part`;
    this.#descriptor = openSync(this.#partPath, 'wx');
  }

  add(clip: IndexedClip, features: ClipFeatures): void {
    this.#clips.push({ ...clip, frames: features.frames, offsetBytes: this.#offset });
    const speech = Buffer.alloc(padded(features.frames));
    speech.set(features.speech);
    for (const part of [bytesOf(features.raw), bytesOf(features.levels), speech]) this.#write(part);
  }

  finish(key: string, rawSize: number): void {
    const footer: Footer = { key, rawSize, sha256: this.#hash.digest('hex'), clips: this.#clips };
    const text = Buffer.from(JSON.stringify(footer));
    const trailer = Buffer.alloc(trailerBytes);
    trailer.writeUInt32LE(text.length, 0);
    trailer.write(mark, 4);
    writeAll(this.#descriptor, Buffer.concat([text, trailer]));
    fsyncSync(this.#descriptor);
    this.#close();
    renameSync(this.#partPath, this.#path);
  }

  /** Removes what was written; a file that is finished stays. */
  abandon(): void {
    this.#close();
    rmSync(this.#partPath, { force: true });
  }

  #close(): void {
    // The number of a closed file may be another's by now.
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }

  #write(bytes: Buffer): void {
    this.#hash.update(bytes);
    writeAll(this.#descriptor, bytes);
    this.#offset += bytes.length;
  }
}

/** Reads clips by position; the operating system's page cache does the caching. */
export class FeatureFile {
  readonly rawSize: number;
  readonly #path: string;
  readonly #descriptor: number;
  readonly #footer: Footer;
  readonly #dataBytes: number;

  /** @throws UndertoneError `bad_corpus` when the file is missing, cut off or made for another key */
  constructor(path: string, key: string) {
    this.#path = path;
    try {
      this.#descriptor = openSync(path, 'r');
    } catch (cause) {
      throw new UndertoneError('bad_corpus', `There is no feature file ${path}.`, { cause });
    }
    try {
      const sizeBytes = statSync(path).size;
      this.#footer = this.#readFooter(sizeBytes);
      if (this.#footer.key !== key) this.#refuse(`key ${key}`, this.#footer.key);
      this.#dataBytes = sizeBytes - trailerBytes - Buffer.byteLength(JSON.stringify(this.#footer));
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
    this.rawSize = this.#footer.rawSize;
  }

  get count(): number {
    return this.#footer.clips.length;
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
    const hash = createHash('sha256');
    const chunk = new Uint8Array(Math.min(hashChunkBytes, this.#dataBytes));
    for (let at = 0; at < this.#dataBytes; at += chunk.length) {
      const part = chunk.subarray(0, Math.min(chunk.length, this.#dataBytes - at));
      this.#readAt(part, at);
      hash.update(part);
    }
    const found = hash.digest('hex');
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
    let done = 0;
    while (done < target.length) {
      const count = readSync(this.#descriptor, target, done, target.length - done, positionBytes + done);
      if (count === 0) this.#refuse(`${target.length} bytes at ${positionBytes}`, `${done}`);
      done += count;
    }
  }

  #refuse(expected: string, found: string): never {
    throw new UndertoneError(
      'bad_corpus',
      `Feature file ${this.#path}: expected ${expected}; found ${found}.`,
    );
  }
}

function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}
