/** Reads folders for the corpus loaders, always in the same order whatever the file system's. */
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

const audioExtensions: readonly string[] = ['.wav', '.flac', '.opus', '.ogg', '.mp3', '.m4a'];

/** Whether a file name ends as recordings do; what is in the file is told by its content. */
export function isAudioName(name: string): boolean {
  return audioExtensions.includes(extname(name).toLowerCase());
}

/** Recordings of a folder (not of its sub-folders), sorted by name; null if there is no such folder. */
export async function listAudioFiles(folder: string): Promise<string[] | null> {
  const names = await listNames(folder);
  return names?.filter(isAudioName).map((name) => join(folder, name)) ?? null;
}

/** Recordings of a folder and its sub-folders down to `depth` levels, sorted by path. */
export async function walkAudioFiles(folder: string, depth: number): Promise<string[]> {
  let entries: { name: string; isDirectory(): boolean }[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  const found: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (depth > 0) found.push(...(await walkAudioFiles(path, depth - 1)));
    } else if (isAudioName(entry.name)) found.push(path);
  }
  return found;
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
