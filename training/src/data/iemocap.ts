/**
 * IEMOCAP and folders laid out as it is (Busso et al. 2008, "IEMOCAP: interactive emotional dyadic motion capture
 * database", Language Resources and Evaluation 42): `Session1/dialog/EmoEvaluation/Ses01F_impro01.txt` holds for each turn
 *
 *     [6.2901 - 8.2357]\tSes01F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]
 *     C-E2:\tNeutral; Sadness;\t()
 *
 * and the turn's recording is `Session1/sentences/wav/Ses01F_impro01/Ses01F_impro01_F000.wav`.
 */
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Clip, Corpus } from './clip.ts';
import { listNames, walkAudioFiles } from './folder.ts';

/** `xxx` means that the raters did not agree. */
const codes: Readonly<Record<string, string>> = {
  ang: 'angry',
  dis: 'disgust',
  exc: 'excited',
  fea: 'fearful',
  fru: 'frustrated',
  hap: 'happy',
  neu: 'neutral',
  oth: 'other',
  sad: 'sad',
  sur: 'surprised',
  xxx: 'undecided',
};

/** The raters' words. */
const words: Readonly<Record<string, string>> = {
  anger: 'angry',
  disgust: 'disgust',
  excited: 'excited',
  fear: 'fearful',
  frustration: 'frustrated',
  happiness: 'happy',
  neutral: 'neutral',
  other: 'other',
  sadness: 'sad',
  surprise: 'surprised',
};

const turnPattern = /^\[[\d.]+ - [\d.]+\]\s+(\S+_([FM])[^\s_]*)\s+([a-z]{3})\b/;
/** Raters E1 to E6 listened; F and M are the actors' own judgements. */
const votePattern = /^C-E\d+:\s*([^(]*)/;

interface Turn {
  readonly name: string;
  readonly sex: 'female' | 'male';
  readonly label: string;
  readonly votes: Record<string, number>;
}

/** Whether a folder's name is that of a session. */
export const isSessionName = (name: string): boolean => /^Session\d+$/.test(name);

/** The turns of one evaluation file. @throws UndertoneError `bad_corpus` naming the line of an unknown emotion */
function parseEvaluation(text: string, path: string): Turn[] {
  const turns: Turn[] = [];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const match = turnPattern.exec(line);
    if (match) {
      const label = codes[match[3]!];
      if (!label) {
        throw new UndertoneError(
          'bad_corpus',
          `${path}, line ${i + 1}: expected an emotion of ${Object.keys(codes).join(', ')}, found "${match[3]}".`,
        );
      }
      turns.push({ name: match[1]!, sex: match[2] === 'F' ? 'female' : 'male', label, votes: {} });
      continue;
    }
    const vote = votePattern.exec(line);
    const turn = turns.at(-1);
    if (vote && turn) addVote(turn.votes, vote[1]!);
  }
  return turns;
}

/** A rater who names several emotions gives each a part of the vote. */
function addVote(votes: Record<string, number>, text: string): void {
  const labels = text
    .split(';')
    .map((word) => words[word.trim().toLowerCase()])
    .filter((label) => label !== undefined);
  for (const label of labels) votes[label] = (votes[label] ?? 0) + 1 / labels.length;
}

/** @throws UndertoneError `bad_corpus`, `file_not_found` for a turn without its recording */
export async function loadIemocap(folder: string): Promise<Corpus> {
  const clips: Clip[] = [];
  for (const session of ((await listNames(folder)) ?? []).filter(isSessionName)) {
    const recordings = new Map(
      (await walkAudioFiles(join(folder, session, 'sentences', 'wav'), 1)).map((path) => [
        basename(path).replace(/\.\w+$/, ''),
        path,
      ]),
    );
    const evaluations = join(folder, session, 'dialog', 'EmoEvaluation');
    for (const name of ((await listNames(evaluations)) ?? []).filter((entry) => entry.endsWith('.txt'))) {
      const path = join(evaluations, name);
      for (const turn of parseEvaluation(await readFile(path, 'utf8'), path)) {
        clips.push(toClip(turn, session, recordings, path));
      }
    }
  }
  if (clips.length === 0) {
    throw new UndertoneError(
      'bad_corpus',
      `Expected turns such as in Session1/dialog/EmoEvaluation/Ses01F_impro01.txt in ${folder}; found none.`,
    );
  }
  return { name: 'iemocap', title: 'IEMOCAP', licence: 'unknown', clips };
}

function toClip(turn: Turn, session: string, recordings: ReadonlyMap<string, string>, from: string): Clip {
  const path = recordings.get(turn.name);
  if (path === undefined) {
    throw new UndertoneError(
      'file_not_found',
      `${from}: expected ${turn.name}.wav in ${session}/sentences/wav, found none.`,
    );
  }
  const { sex, label, votes } = turn;
  const speaker = `iemocap/${session}-${sex}`;
  return { path, speaker, label, corpus: 'iemocap', sex, ...(Object.keys(votes).length > 0 && { votes }) };
}
