/**
 * RAVDESS speech (Livingstone and Russo 2018, PLoS ONE 13(5): e0196391). File names are seven numbers: modality,
 * vocal channel, emotion, intensity, statement, repetition, actor: `Actor_12/03-01-06-01-02-01-12.wav`. Calm and
 * surprised have no counterpart in the other corpora and are left out. Actors with odd numbers are men.
 */
import { basename, join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Clip, Corpus } from './clip.ts';
import { listNames, listWavFiles } from './folder.ts';

const emotions: Readonly<Record<string, string>> = {
  '01': 'neutral',
  '03': 'happy',
  '04': 'sad',
  '05': 'angry',
  '06': 'fearful',
  '07': 'disgust',
};

const namePattern = /^03-01-(0[1-8])-0[12]-0[12]-0[12]-(\d{2})\.wav$/;

/** Actor and label of a RAVDESS speech file; the label is null for calm and surprised; null for other names. */
export function parseRavdessName(name: string): { actor: string; label: string | null } | null {
  const match = namePattern.exec(name);
  return match && { actor: match[2]!, label: emotions[match[1]!] ?? null };
}

/**
 * @param folder holds `Actor_01`, `Actor_02`, ...
 * @throws UndertoneError `bad_corpus`
 */
export async function loadRavdess(folder: string): Promise<Corpus> {
  const names = (await listNames(folder)) ?? [];
  const clips: Clip[] = [];
  for (const name of names.filter((entry) => /^Actor_\d{2}$/.test(entry))) {
    for (const path of (await listWavFiles(join(folder, name))) ?? []) {
      const parsed = parseRavdessName(basename(path));
      if (!parsed?.label) continue;
      const sex = Number(parsed.actor) % 2 === 1 ? 'male' : 'female';
      clips.push({ path, speaker: `ravdess/${parsed.actor}`, label: parsed.label, corpus: 'ravdess', sex });
    }
  }
  if (clips.length === 0) {
    throw new UndertoneError(
      'bad_corpus',
      `Expected RAVDESS files such as Actor_01/03-01-05-01-01-01-01.wav in ${folder}; found none.`,
    );
  }
  return { name: 'ravdess', title: 'RAVDESS (speech)', licence: 'CC-BY-NC-SA-4.0', clips };
}
