/**
 * RAVDESS speech (Livingstone and Russo 2018, PLoS ONE 13(5): e0196391). File names are seven numbers: modality,
 * vocal channel, emotion, intensity, statement, repetition, actor: `Actor_12/03-01-06-01-02-01-12.wav`. Actors with odd
 * numbers are men.
 */
import { basename } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Clip, Corpus } from './clip.ts';
import { isAudioName, walkAudioFiles } from './folder.ts';

const emotions: Readonly<Record<string, string>> = {
  '01': 'neutral',
  '02': 'calm',
  '03': 'happy',
  '04': 'sad',
  '05': 'angry',
  '06': 'fearful',
  '07': 'disgust',
  '08': 'surprised',
};

const namePattern = /^03-01-(0[1-8])-0[12]-0[12]-0[12]-(\d{2})\.\w+$/;

/** Actor and label of a RAVDESS speech file; null for other names. */
export function parseRavdessName(name: string): { actor: string; label: string } | null {
  const match = isAudioName(name) ? namePattern.exec(name) : null;
  return match && { actor: match[2]!, label: emotions[match[1]!]! };
}

/**
 * @param folder holds `Actor_01`, `Actor_02`, ..., or the files themselves
 * @throws UndertoneError `bad_corpus`
 */
export async function loadRavdess(folder: string): Promise<Corpus> {
  const clips: Clip[] = [];
  for (const path of await walkAudioFiles(folder, 1)) {
    const parsed = parseRavdessName(basename(path));
    if (!parsed) continue;
    const sex = Number(parsed.actor) % 2 === 1 ? 'male' : 'female';
    clips.push({ path, speaker: `ravdess/${parsed.actor}`, label: parsed.label, corpus: 'ravdess', sex });
  }
  if (clips.length === 0) {
    throw new UndertoneError(
      'bad_corpus',
      `Expected RAVDESS files such as Actor_01/03-01-05-01-01-01-01.wav in ${folder}; found none.`,
    );
  }
  return { name: 'ravdess', title: 'RAVDESS (speech)', licence: 'CC-BY-NC-SA-4.0', clips };
}
