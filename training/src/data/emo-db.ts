/**
 * EmoDB (Burkhardt et al. 2005, "A database of German emotional speech", Interspeech): `wav/03a01Fa.wav` is speaker 03,
 * text a01, emotion F (Freude), version a.
 */
import { basename, join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Clip, Corpus } from './clip.ts';
import { isAudioName, listAudioFiles } from './folder.ts';

/** By the German words Wut, Langeweile, Ekel, Angst, Freude, Trauer, neutral. */
const emotions: Readonly<Record<string, string>> = {
  W: 'angry',
  L: 'bored',
  E: 'disgust',
  A: 'fearful',
  F: 'happy',
  T: 'sad',
  N: 'neutral',
};

/** The speakers that the release describes as men; the others are women. */
const men: readonly string[] = ['03', '10', '11', '12', '15'];
const women: readonly string[] = ['08', '09', '13', '14', '16'];

const namePattern = /^(\d{2})[ab]\d{2}([WLEAFTN])[a-z]?\.\w+$/;

/** Speaker and label of an EmoDB file; null for other names. */
export function parseEmoDbName(name: string): { speaker: string; label: string } | null {
  const match = isAudioName(name) ? namePattern.exec(name) : null;
  return match && { speaker: match[1]!, label: emotions[match[2]!]! };
}

/**
 * @param folder the release's root or its `wav`
 * @throws UndertoneError `bad_corpus`
 */
export async function loadEmoDb(folder: string): Promise<Corpus> {
  const paths = (await listAudioFiles(join(folder, 'wav'))) ?? (await listAudioFiles(folder)) ?? [];
  const clips: Clip[] = [];
  for (const path of paths) {
    const parsed = parseEmoDbName(basename(path));
    if (!parsed) continue;
    const { speaker, label } = parsed;
    const sex = men.includes(speaker) ? 'male' : women.includes(speaker) ? 'female' : undefined;
    clips.push({ path, speaker: `emodb/${speaker}`, label, corpus: 'emodb', ...(sex && { sex }) });
  }
  if (clips.length === 0) {
    throw new UndertoneError(
      'bad_corpus',
      `Expected EmoDB files such as wav/03a01Fa.wav in ${folder}; found none.`,
    );
  }
  return { name: 'emodb', title: 'EmoDB (Berlin, German)', licence: 'unknown', clips };
}
