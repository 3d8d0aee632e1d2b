/**
 * A corpus described by a CSV file: columns `path`, `speaker`, `label`, and if wanted `start`, `end` (seconds),
 * `sex` (female, male), and `votes_<label>`, how many raters chose that label. Paths are relative to the file.
 */
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Clip, Corpus, Sex } from './clip.ts';
import { readCsv } from './csv.ts';

/** @throws UndertoneError `bad_corpus` naming the row, `file_not_found` */
export async function loadCsvManifest(manifestPath: string): Promise<Corpus> {
  let text: string;
  try {
    text = await readFile(manifestPath, 'utf8');
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read the corpus manifest ${manifestPath}.`, { cause });
  }
  const name = basename(manifestPath).replace(/\.csv$/i, '');
  const rows = readCsv(text, manifestPath, ['path', 'speaker', 'label']);
  const clips = rows.map((row, i) =>
    toClip(row, name, dirname(manifestPath), `${manifestPath}, row ${i + 1}`),
  );
  if (clips.length === 0) {
    throw new UndertoneError(
      'bad_corpus',
      `${manifestPath}: expected at least one row, found only the header.`,
    );
  }
  return { name, title: name, licence: 'unknown', clips };
}

function toClip(row: Record<string, string>, corpus: string, folder: string, where: string): Clip {
  const { path = '', speaker = '', label = '' } = row;
  for (const [column, value] of Object.entries({ path, speaker, label })) {
    if (value === '') refuse(where, `a ${column}`, 'nothing');
  }
  const startS = seconds(row.start, where, 'start');
  const endS = seconds(row.end, where, 'end');
  if (endS !== undefined && endS <= (startS ?? 0))
    refuse(where, 'end to be after start', `${startS ?? 0} to ${endS}`);
  const votes = votesOf(row, where);
  const sex = row.sex?.toLowerCase() || undefined;
  if (sex !== undefined && sex !== 'female' && sex !== 'male') refuse(where, 'sex to be female or male', sex);
  return {
    path: resolve(folder, path),
    speaker: `${corpus}/${speaker}`,
    label,
    corpus,
    ...(sex !== undefined && { sex: sex as Sex }),
    ...(startS !== undefined && { startS }),
    ...(endS !== undefined && { endS }),
    ...(votes && { votes }),
  };
}

const votePrefix = 'votes_';

/** Null without votes. */
function votesOf(row: Record<string, string>, where: string): Record<string, number> | null {
  const votes: Record<string, number> = {};
  for (const [column, text] of Object.entries(row)) {
    if (!column.startsWith(votePrefix) || text === '') continue;
    const count = Number(text);
    if (!Number.isFinite(count) || count < 0) refuse(where, `${column} to be a number from 0`, text);
    if (count > 0) votes[column.slice(votePrefix.length)] = count;
  }
  return Object.keys(votes).length > 0 ? votes : null;
}

function seconds(text: string | undefined, where: string, column: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) refuse(where, `${column} to be seconds from 0`, text);
  return value;
}

function refuse(where: string, expected: string, found: string): never {
  throw new UndertoneError('bad_corpus', `${where}: expected ${expected}, found ${found}.`);
}
