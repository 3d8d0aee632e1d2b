/** Writes the feature file of a clip list, or as much of it as was computed before a run was stopped. */
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { UndertoneError } from '@undertone/core';
import type { ClipFeatures } from './clip-features.ts';
import type { FeatureFile } from './feature-file.ts';
import {
  type Footer,
  hashFile,
  type IndexEntry,
  type IndexedClip,
  mark,
  padded,
  trailerBytes,
} from './feature-file-layout.ts';

/** Writes a feature file; nothing exists under its name until `finish`. */
export class FeatureFileWriter {
  readonly #path: string;
  readonly #partPath: string;
  readonly #descriptor: number;
  readonly #hash: Hash;
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
      this.#hash = createHash('sha256');
      return;
    }
    renameSync(interrupted.path, this.#partPath);
    this.#descriptor = openSync(this.#partPath, 'r+');
    this.#offset = interrupted.dataBytes;
    this.#clips.push(...interrupted.entries);
    this.#hash = hashFile(this.#descriptor, this.#offset);
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
    const sha256 = hashFile(this.#descriptor, endBytes).digest('hex');
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

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}

function writeAll(descriptor: number, bytes: Buffer, positionBytes: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, positionBytes + done);
  }
}
