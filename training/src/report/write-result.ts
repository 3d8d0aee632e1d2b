/** Writes what a command was asked for: a page, measurements, a split. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { writeFileAtomically } from '../train/write-file-atomically.ts';

/**
 * Folders on the way are made: what took minutes to compute is not lost to a missing one.
 * @throws UndertoneError `bad_config` naming the file and why it cannot be written
 */
export async function writeResult(path: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomically(path, content);
  } catch (cause) {
    throw fileError(cause, path) ?? cause;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'it is not allowed',
  EEXIST: 'a file is in the place of a folder',
  EISDIR: 'a folder is in its place',
  ENOENT: 'it is not there',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a file is in the place of a folder',
  EPERM: 'it is not allowed',
  EROFS: 'the file system is read-only',
};

/**
 * What the operating system refused, as an error with a sentence; null for anything else.
 * @param named the path as the user knows it; otherwise the one in the error
 */
export function fileError(error: unknown, named?: string): UndertoneError | null {
  if (!(error instanceof Error)) return null;
  const { code = '', path } = error as NodeJS.ErrnoException;
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
  const about = named ?? path?.replace(/\.\d+\.tmp$/, '');
  if (reason === undefined || about === undefined) return null;
  return new UndertoneError('bad_config', `Cannot use ${about}: ${reason} (${code}).`, { cause: error });
}
