/**
 * CREMA-D (Cao et al. 2014, "CREMA-D: Crowd-sourced Emotional Multimodal Actors Dataset", IEEE Trans. Affective
 * Computing 5(4)). File names say actor, sentence, intended emotion and level: `1001_DFA_ANG_XX.wav`.
 */
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Clip, Corpus, Sex } from './clip.ts';
import { readCremaDVotes } from './crema-d-votes.ts';
import { readCsv } from './csv.ts';
import { existingFile, isAudioName, listAudioFiles } from './folder.ts';

const emotions: Readonly<Record<string, string>> = {
  ANG: 'angry',
  DIS: 'disgust',
  FEA: 'fearful',
  HAP: 'happy',
  NEU: 'neutral',
  SAD: 'sad',
};

const namePattern = /^(\d{4})_([A-Z]{3})_([A-Z]{3})_(LO|MD|HI|XX|X)\.\w+$/;

/** Whether a file name is one of CREMA-D's. */
export function isCremaDName(name: string): boolean {
  return isAudioName(name) && namePattern.test(name);
}

/** Label of a CREMA-D file name, or null if the name is not one of CREMA-D's. */
export function parseCremaDName(name: string): { actor: string; label: string } | null {
  const match = namePattern.exec(name);
  const label = match && emotions[match[3]!];
  return match && label ? { actor: match[1]!, label } : null;
}

/**
 * @param folder the release's root or its `AudioWAV`
 * @param demographicsPath `VideoDemographics.csv` (columns ActorID and Sex); by default the one in the folder, if any
 * @param votesPath what raters heard: see `readCremaDVotes`; by default the release's, if it is in the folder
 * @throws UndertoneError `bad_corpus`
 */
export async function loadCremaD(
  folder: string,
  demographicsPath?: string,
  votesPath?: string,
): Promise<Corpus> {
  const audio = join(folder, 'AudioWAV');
  const paths = (await listAudioFiles(audio)) ?? (await listAudioFiles(folder)) ?? [];
  const sexes = await readSexes(folder, demographicsPath);
  const votes = await readCremaDVotes(folder, votesPath);
  const clips: Clip[] = [];
  for (const path of paths) {
    const parsed = parseCremaDName(basename(path));
    if (!parsed) continue;
    const sex = sexes.get(parsed.actor);
    const heard = votes.get(basename(path, extname(path)));
    clips.push({
      path,
      speaker: `crema-d/${parsed.actor}`,
      label: parsed.label,
      corpus: 'crema-d',
      ...(sex && { sex }),
      ...(heard && { votes: heard }),
    });
  }
  if (clips.length === 0) {
    throw new UndertoneError(
      'bad_corpus',
      `Expected CREMA-D files such as AudioWAV/1001_DFA_ANG_XX.wav in ${folder}; found none.`,
    );
  }
  return { name: 'crema-d', title: 'CREMA-D', licence: 'ODbL-1.0 (contents DbCL-1.0)', clips };
}

async function readSexes(folder: string, given: string | undefined): Promise<Map<string, Sex>> {
  const path = given ?? (await existingFile(join(folder, 'VideoDemographics.csv')));
  const sexes = new Map<string, Sex>();
  if (path === null) return sexes;
  const rows = readCsv(await readText(path), path, ['ActorID', 'Sex']);
  for (const [line, row] of rows.entries()) {
    const sex = row.Sex!.toLowerCase();
    if (sex !== 'female' && sex !== 'male') {
      throw new UndertoneError(
        'bad_corpus',
        `${path}, row ${line + 1}: expected Sex to be Male or Female, found "${row.Sex}".`,
      );
    }
    sexes.set(row.ActorID!, sex);
  }
  return sexes;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read the demographics file ${path}.`, { cause });
  }
}
