/**
 * TESS (Pichora-Fuller and Dupuis 2020, "Toronto emotional speech set", University of Toronto): two actresses say "Say the
 * word ..." with 200 words; `OAF_angry/OAF_back_angry.wav` is the older one, YAF the younger.
 */
import { basename } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Clip, Corpus } from './clip.ts';
import { isAudioName, walkAudioFiles } from './folder.ts';

const emotions: Readonly<Record<string, string>> = {
  angry: 'angry',
  disgust: 'disgust',
  fear: 'fearful',
  happy: 'happy',
  neutral: 'neutral',
  ps: 'surprised',
  sad: 'sad',
};

/** One file of the release is called OA_bite_neutral.wav. */
const namePattern = /^(OA|YA)F?_[A-Za-z-]+_(angry|disgust|fear|happy|neutral|ps|sad)\.\w+$/;
/** The archive unpacks to a folder of its own. */
const deepest = 3;

/** Speaker and label of a TESS file; null for other names. */
function parseTessName(name: string): { speaker: string; label: string } | null {
  const match = isAudioName(name) ? namePattern.exec(name) : null;
  return match && { speaker: `${match[1]}F`, label: emotions[match[2]!]! };
}

/** Whether there are TESS files at or below a folder. */
export async function holdsTess(folder: string): Promise<boolean> {
  return (await walkAudioFiles(folder, deepest)).some((path) => parseTessName(basename(path)) !== null);
}

/** @throws UndertoneError `bad_corpus` */
export async function loadTess(folder: string): Promise<Corpus> {
  const clips: Clip[] = [];
  const seen = new Set<string>();
  for (const path of await walkAudioFiles(folder, deepest)) {
    const parsed = parseTessName(basename(path));
    // Some archives hold the whole set twice, one copy in a folder inside the other.
    if (!parsed || seen.has(basename(path))) continue;
    seen.add(basename(path));
    clips.push({
      path,
      speaker: `tess/${parsed.speaker}`,
      label: parsed.label,
      corpus: 'tess',
      sex: 'female',
    });
  }
  if (clips.length === 0) {
    throw new UndertoneError(
      'bad_corpus',
      `Expected TESS files such as OAF_angry/OAF_back_angry.wav in ${folder}; found none.`,
    );
  }
  return { name: 'tess', title: 'TESS', licence: 'CC-BY-NC-ND-4.0', clips };
}
