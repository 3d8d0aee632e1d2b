/** Which recordings are meant by files and folders on a command line. */
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { UndertoneError } from '@undertone/core';

/** In a folder, names with these endings are recordings. A file that is named itself is read whatever it is called. */
const endings = ['.wav', '.flac', '.ogg', '.opus', '.mp3', '.m4a'];

/**
 * Files as they are named, folders as the recordings in them and in their folders, in the order of their names.
 * @throws UndertoneError `file_not_found` for a folder without recordings; a file that is missing is found out when it is
 * read
 */
export async function findAudio(paths: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (!(await isFolder(path))) {
      found.push(path);
      continue;
    }
    const names = (await readdir(path, { recursive: true })).sort();
    const audio = names.filter((name) => endings.includes(extname(name).toLowerCase()));
    if (audio.length === 0) {
      throw new UndertoneError(
        'file_not_found',
        `Expected recordings (${endings.join(', ')}) in ${path}; found none.`,
      );
    }
    found.push(...audio.map((name) => join(path, name)));
  }
  return found;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
