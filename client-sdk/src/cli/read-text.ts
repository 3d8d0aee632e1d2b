import { createReadStream } from 'node:fs';
import { UndertoneError } from '@undertone/core';

/**
 * A file's text in pieces, cut anywhere.
 * @param path `-` is standard input
 * @throws UndertoneError `file_not_found`
 */
export async function* readText(path: string): AsyncGenerator<string> {
  const input = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1_048_576 });
  try {
    for await (const part of input.setEncoding('utf8')) yield String(part);
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Expected to read ${path}; ${(cause as Error).message}.`, {
      cause,
    });
  }
}
