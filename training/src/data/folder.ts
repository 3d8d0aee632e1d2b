/** Reads folders for the corpus loaders, always in the same order whatever the file system's. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** WAV files of a folder (not of its sub-folders), sorted by name; null if there is no such folder. */
export async function listWavFiles(folder: string): Promise<string[] | null> {
  const names = await listNames(folder);
  if (names === null) return null;
  return names.filter((name) => name.toLowerCase().endsWith('.wav')).map((name) => join(folder, name));
}

/** Names in a folder, sorted; null if there is no such folder. */
export async function listNames(folder: string): Promise<string[] | null> {
  try {
    return (await readdir(folder)).sort();
  } catch {
    return null;
  }
}

/** The path if it names a file, otherwise null. */
export async function existingFile(path: string): Promise<string | null> {
  try {
    return (await stat(path)).isFile() ? path : null;
  } catch {
    return null;
  }
}
