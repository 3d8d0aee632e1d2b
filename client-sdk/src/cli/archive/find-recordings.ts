/** From what stands on the command line to recordings, each as workers will read it. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { UndertoneError } from '@undertone/core';

export interface Recording {
  /** As it was given, or found. */
  readonly name: string;
  /** Null of an address, which is not read here. */
  readonly path: string | null;
  /** Of the job. */
  readonly source: string;
}

/** @throws UndertoneError `file_not_found`, `bad_parameter` for a file that is not below the root */
export async function findRecordings(
  given: readonly string[],
  root: string | undefined,
): Promise<readonly Recording[]> {
  const found: Recording[] = [];
  for (const name of given) {
    if (/^https?:\/\//.test(name)) {
      found.push({ name, path: null, source: name });
      continue;
    }
    const isFolder = (await statOf(name)).isDirectory();
    const base = resolve(root ?? (isFolder ? name : '.'));
    const paths = isFolder ? await wavFilesBelow(name) : [name];
    for (const path of paths) found.push({ name: path, path, source: sourceOf(path, base) });
  }
  return found;
}

/** One a line; empty lines and those with # at the beginning are left out. @throws UndertoneError `file_not_found` */
export async function readList(path: string): Promise<readonly string[]> {
  try {
    const lines = (await readFile(path, 'utf8')).split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '' && !line.startsWith('#'));
  } catch (cause) {
    throw notFound(path, cause);
  }
}

function sourceOf(path: string, base: string): string {
  const way = relative(base, resolve(path));
  if (way === '' || way.startsWith('..') || isAbsolute(way))
    throw new UndertoneError(
      'bad_parameter',
      `Expected files below ${base}, the folder that workers read (--root); got ${path}.`,
    );
  return `file:${way.split(sep).map(encodeURIComponent).join('/')}`;
}

async function wavFilesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.wave?$/i.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

async function statOf(path: string): Promise<Awaited<ReturnType<typeof stat>>> {
  try {
    return await stat(path);
  } catch (cause) {
    throw notFound(path, cause);
  }
}

function notFound(path: string, cause: unknown): UndertoneError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new UndertoneError('file_not_found', `Expected to read ${path}; ${reason}.`, { cause });
}
