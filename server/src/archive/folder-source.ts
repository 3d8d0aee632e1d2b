/** Recordings below one folder. Neither `..` nor a link leads out of it. */
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { RecordingSource } from './recording-store.ts';

const pieceBytes = 65_536;

export class FolderSource implements RecordingSource {
  readonly #root: string;
  readonly #maxBytes: number;

  /** @param root empty for none */
  constructor(root: string, maxBytes: number) {
    this.#root = root;
    this.#maxBytes = maxBytes;
  }

  async *read(address: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const file = await this.#open(pathOf(address));
    try {
      const { size } = await file.stat();
      if (size > this.#maxBytes)
        throw new UndertoneError(
          'message_too_large',
          `Expected a recording of at most ${this.#maxBytes} bytes; got ${size}.`,
        );
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(pieceBytes), 0, pieceBytes);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } catch (cause) {
      throw asReadError(cause, address);
    } finally {
      await file.close();
    }
  }

  async #open(path: string): Promise<FileHandle> {
    if (this.#root === '')
      throw new UndertoneError('forbidden', 'Expected archiveRoot, below which files are read; got none.');
    if (isAbsolute(path) || path.split(/[\\/]/).includes('..') || path.includes('\0')) throw outside(path);
    try {
      const root = await realpath(this.#root);
      const real = await realpath(join(root, path));
      if (!isBelow(root, real)) throw outside(path);
      // Nothing to wait for, such as a pipe; and no link that took the file's place meanwhile.
      const file = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
      let isTaken = false;
      try {
        isTaken = (await file.stat()).isFile() && (await realpath(real)) === real;
        if (isTaken) return file;
      } finally {
        // Also where it went away meanwhile.
        if (!isTaken) await file.close();
      }
    } catch (cause) {
      throw asReadError(cause, path);
    }
    throw new UndertoneError('file_not_found', `Expected a file at ${path}; it is none.`);
  }
}

function pathOf(address: string): string {
  try {
    return decodeURIComponent(address.slice('file:'.length));
  } catch {
    throw new UndertoneError(
      'bad_parameter',
      `Expected a percent-encoded path; got "${address.slice(0, 200)}".`,
    );
  }
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function outside(path: string): UndertoneError {
  return new UndertoneError(
    'forbidden',
    `Expected a path below archiveRoot, without ..; got "${path.slice(0, 200)}".`,
  );
}

function asReadError(cause: unknown, what: string): unknown {
  if (cause instanceof UndertoneError) return cause;
  const { code } = cause as NodeJS.ErrnoException;
  const isGone = code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'EACCES';
  // Anything else, such as a disk that fails or a share that is away, may be better later.
  return new UndertoneError(
    isGone ? 'file_not_found' : 'connection_failed',
    `Expected to read ${what.slice(0, 200)}; ${code ?? String(cause)}.`,
    { cause },
  );
}
