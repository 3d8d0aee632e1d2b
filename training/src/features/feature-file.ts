/**
 * One cached variant of a list of clips. Layout: for each clip its raw frames (float32 `[frames, rawSize]`), its levels
 * (float32 `[bands + 1]`) and its speech targets (one byte a frame, padded to 4); then a JSON footer with the index
 * and the SHA-256 of all before it; then the footer's length (uint32) and a mark. The file gets its name only when it is
 * whole, and the footer holds the key it was made for, so a half-written or foreign file is never taken for the right one.
 */
import { createHash, type Hash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
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

/** Where it lies. */
export interface IndexEntry extends IndexedClip {
  readonly frames: number;
  readonly offsetBytes: number;
}

interface Footer {
  readonly key: string;
  readonly rawSize: number;
  readonly sha256: string;
  readonly clips: readonly IndexEntry[];
  /** In an interrupted file: clips of the list that were gone through. */
  readonly processed?: number;
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

  /**
   * @param interrupted a file of the same list to go on with; it is renamed, not copied
   * @throws UndertoneError `bad_corpus` when the file cannot be made
   */
  constructor(path: string, interrupted?: FeatureFile) {
    this.#path = path;
    this.#partPath = `${path}.${randomBytes(4).toString('hex')}.part`;
    if (!interrupted) {
      this.#descriptor = this.#writing(() => openSync(this.#partPath, 'wx+'));
      return;
    }
    renameSync(interrupted.path, this.#partPath);
    this.#descriptor = openSync(this.#partPath, 'r+');
    this.#offset = interrupted.dataBytes;
    this.#clips.push(...interrupted.entries);
    hashFile(this.#hash, this.#descriptor, this.#offset);
    ftruncateSync(this.#descriptor, this.#offset);
  }

  /** Clips written so far. */
  get count(): number {
    return this.#clips.length;
  }

  /** @throws UndertoneError `bad_corpus` when it cannot be written, as on a full disk; the clips before stay */
  add(clip: IndexedClip, features: ClipFeatures): void {
    const speech = Buffer.alloc(padded(features.frames));
    speech.set(features.speech);
    const parts = [bytesOf(features.raw), bytesOf(features.levels), speech];
    const startBytes = this.#offset;
    this.#writing(() => {
      for (const part of parts) {
        writeAll(this.#descriptor, part, this.#offset);
        this.#offset += part.length;
      }
    });
    for (const part of parts) this.#hash.update(part);
    this.#clips.push({ ...clip, frames: features.frames, offsetBytes: startBytes });
  }

  finish(key: string, rawSize: number): void {
    const footer: Footer = { key, rawSize, sha256: this.#hash.digest('hex'), clips: this.#clips };
    this.#end(footer, this.#path);
  }

  /**
   * Ends the file before it is whole and gives it the name `path`, so that a later run need not compute its first `count`
   * clips again. On a full disk the last clips make room for the index.
   * @param processed clips of the list that those rest on, unusable ones included
   */
  interrupt(path: string, key: string, rawSize: number, count: number, processed: number): void {
    const kept = this.#clips.slice(0, count);
    const endBytes = this.#clips[count]?.offsetBytes ?? this.#offset;
    const hash = createHash('sha256');
    hashFile(hash, this.#descriptor, endBytes);
    const sha256 = hash.digest('hex');
    ftruncateSync(this.#descriptor, endBytes);
    this.#offset = endBytes;
    this.#end({ key, rawSize, sha256, clips: kept, processed }, path);
  }

  #end(footer: Footer, path: string): void {
    const text = Buffer.from(JSON.stringify(footer));
    const trailer = Buffer.alloc(trailerBytes);
    trailer.writeUInt32LE(text.length, 0);
    trailer.write(mark, 4);
    this.#writing(() => {
      writeAll(this.#descriptor, Buffer.concat([text, trailer]), this.#offset);
      fsyncSync(this.#descriptor);
    });
    this.#close();
    renameSync(this.#partPath, path);
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

  #writing<T>(write: () => T): T {
    try {
      return write();
    } catch (cause) {
      const full = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
      throw new UndertoneError(
        'bad_corpus',
        `Feature file ${this.#path}: expected to write it; ${full ? 'the disk is full' : String(cause)}.`,
        { cause },
      );
    }
  }
}

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
    const hash = createHash('sha256');
    hashFile(hash, this.#descriptor, this.dataBytes);
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

function padded(bytes: number): number {
  return (bytes + 3) & ~3;
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function writeAll(descriptor: number, bytes: Buffer, positionBytes: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, positionBytes + done);
  }
}

/** Reads until `target` is full or the file ends; returns the bytes read. */
function readWhole(descriptor: number, target: Uint8Array, positionBytes: number): number {
  let done = 0;
  while (done < target.length) {
    const count = readSync(descriptor, target, done, target.length - done, positionBytes + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Updates `hash` with the first `length` bytes of a file, or all that there are. */
function hashFile(hash: Hash, descriptor: number, length: number): void {
  const chunk = new Uint8Array(Math.min(hashChunkBytes, length));
  for (let at = 0; at < length; ) {
    const count = readWhole(descriptor, chunk.subarray(0, Math.min(chunk.length, length - at)), at);
    if (count === 0) return;
    hash.update(chunk.subarray(0, count));
    at += count;
  }
}
