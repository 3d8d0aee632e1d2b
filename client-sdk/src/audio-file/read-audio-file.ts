/** Audio files from disk (Node). */
import { readFile } from 'node:fs/promises';
import { UndertoneError } from '@undertone/core';
import { readWav, type WavAudio } from './read-wav.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'nothing of that name',
  EISDIR: 'a folder',
  EACCES: 'a file that may not be read',
};

/** @throws UndertoneError `file_not_found`, `bad_wav`, `unsupported_format` */
export async function readAudioFile(path: string): Promise<WavAudio> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new UndertoneError(
      'file_not_found',
      `Expected an audio file at ${path}; got ${reasons[code] ?? code}.`,
      {
        cause,
      },
    );
  }
  return readWav(bytes, path);
}
