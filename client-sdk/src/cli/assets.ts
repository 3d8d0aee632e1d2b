/** `undertone assets`: the files that browsers load by URL, for those who serve them themselves. */
import { cp, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UndertoneError } from '@undertone/core';

const webFolder = fileURLToPath(new URL('../web', import.meta.url));

/**
 * Copies them, over what is there. Prints what they are.
 * @throws UndertoneError `file_not_found` when there are none, or they cannot be written
 */
export async function assets(folder: string, print: (line: string) => void): Promise<void> {
  const to = resolve(folder);
  try {
    await cp(webFolder, to, { recursive: true });
  } catch (cause) {
    const expected = `Expected to copy ${webFolder} to ${to}`;
    throw new UndertoneError('file_not_found', `${expected}; ${(cause as Error).message}.`, { cause });
  }
  const names = (await readdir(webFolder, { recursive: true })).sort();
  let totalBytes = 0;
  for (const name of names) {
    const found = await stat(join(to, name));
    if (!found.isFile()) continue;
    totalBytes += found.size;
    print(`${String(found.size).padStart(9)} ${name}`);
  }
  print(`${String(totalBytes).padStart(9)} bytes in ${to}; give its URL as assetBase.`);
}
