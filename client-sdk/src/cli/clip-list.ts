/** The clips of `undertone adapt`: a CSV file with the columns `path` (relative to it) and `label`. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { PcmDecoder, UndertoneError } from '@undertone/core';
import { parse } from 'csv-parse/sync';
import { readAudioFile } from '../audio-file/read-audio-file.ts';
import { asUndertoneError } from '../client/as-undertone-error.ts';
import type { LabelledClip } from '../local/adaptation/labelled-clip.ts';

/** @throws UndertoneError `file_not_found`, `bad_corpus` naming the row, and what reading its audio file throws */
export async function readClipList(path: string): Promise<LabelledClip[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Expected a list of clips at ${path}; it cannot be read.`, {
      cause,
    });
  }
  const clips: LabelledClip[] = [];
  for (const [i, row] of rowsOf(text, path).entries()) {
    const where = `${path}, row ${i + 1}`;
    const { path: file, label } = row;
    if (!file || !label) {
      throw new UndertoneError(
        'bad_corpus',
        `${where}: expected a path and a label; got ${JSON.stringify(row)}.`,
      );
    }
    try {
      clips.push({ ...(await readMono(resolve(dirname(path), file))), label });
    } catch (cause) {
      const { code, message } = asUndertoneError(cause);
      throw new UndertoneError(code, `${where}: ${message}`, { cause });
    }
  }
  return clips;
}

function rowsOf(text: string, path: string): Partial<Record<'path' | 'label', string>>[] {
  try {
    return parse(text, { bom: true, columns: true, skip_empty_lines: true, trim: true });
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new UndertoneError(
      'bad_corpus',
      `${path}: expected CSV with the columns path and label; ${reason}`,
      { cause },
    );
  }
}

/** Channels are mixed. */
async function readMono(path: string): Promise<Pick<LabelledClip, 'audio' | 'sampleRateHz'>> {
  const { encoding, channels, sampleRateHz, bytes } = await readAudioFile(path);
  const decoded = new PcmDecoder(encoding, channels).decode(bytes);
  const audio = new Float32Array(decoded[0]?.length ?? 0);
  for (const samples of decoded) {
    for (let i = 0; i < audio.length; i++) audio[i]! += samples[i]! / channels;
  }
  return { audio, sampleRateHz };
}
