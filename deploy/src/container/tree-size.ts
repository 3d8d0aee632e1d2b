/** Bytes of a folder's files, each inode once, links not followed. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export function treeBytes(folder: string, seen: Set<number> = new Set()): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      bytes += treeBytes(path, seen);
      continue;
    }
    const { size, ino } = lstatSync(path);
    if (!seen.has(ino)) bytes += size;
    seen.add(ino);
  }
  return bytes;
}
