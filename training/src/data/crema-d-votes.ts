/**
 * What CREMA-D's raters heard in the voice alone. Two tables of the release hold it: `finishedResponses.csv` has each
 * rater's answer, `processedResults/summaryTable.csv` only the majority, which may be a tie (`A:N`).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { readCsv } from './csv.ts';
import { existingFile } from './folder.ts';

const letters: Readonly<Record<string, string>> = {
  A: 'angry',
  D: 'disgust',
  F: 'fearful',
  H: 'happy',
  N: 'neutral',
  S: 'sad',
};

/** A majority of which nothing else is known counts as this many votes; about ten people heard each clip. */
const majorityVotes = 3;
/** `queryType` of answers to the voice without the face. */
const voiceOnly = '1';

type Votes = Map<string, Readonly<Record<string, number>>>;

/**
 * Votes by file name without its extension; empty when the corpus has none.
 * @param given a table in either form; otherwise one in the corpus folder
 * @throws UndertoneError `bad_corpus` naming the row, `file_not_found` for a given table
 */
export async function readCremaDVotes(folder: string, given: string | undefined): Promise<Votes> {
  const path =
    given ??
    (await existingFile(join(folder, 'finishedResponses.csv'))) ??
    (await existingFile(join(folder, 'processedResults', 'summaryTable.csv')));
  if (path === null) return new Map();
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read the votes ${path}.`, { cause });
  }
  const header = text.slice(0, text.indexOf('\n'));
  return header.includes('respEmo') ? countAnswers(text, path) : readMajorities(text, path);
}

function countAnswers(text: string, path: string): Votes {
  const votes: Map<string, Record<string, number>> = new Map();
  const rows = readCsv(text, path, ['clipName', 'queryType', 'respEmo']);
  for (const [i, row] of rows.entries()) {
    if (row.queryType !== voiceOnly) continue;
    const label = wordOf(row.respEmo!, path, i);
    const clip = votes.get(row.clipName!) ?? {};
    clip[label] = (clip[label] ?? 0) + 1;
    votes.set(row.clipName!, clip);
  }
  return votes;
}

function readMajorities(text: string, path: string): Votes {
  const votes: Votes = new Map();
  for (const [i, row] of readCsv(text, path, ['FileName', 'VoiceVote']).entries()) {
    const labels = row.VoiceVote!.split(':').map((letter) => wordOf(letter, path, i));
    const clip: Record<string, number> = {};
    for (const label of labels) clip[label] = majorityVotes / labels.length;
    votes.set(row.FileName!, clip);
  }
  return votes;
}

function wordOf(letter: string, path: string, row: number): string {
  const label = letters[letter.trim()];
  if (label === undefined) {
    throw new UndertoneError(
      'bad_corpus',
      `${path}, row ${row + 1}: expected a vote of ${Object.keys(letters).join(', ')}, found "${letter}".`,
    );
  }
  return label;
}
