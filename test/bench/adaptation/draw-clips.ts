/** Which clips of a speaker are learned from, and which are recognised. */
import type { VoiceClip } from './voices.ts';

export interface Setting {
  readonly clipsOfLabel: number;
  /** `one sentence`: those that are recognised are of other sentences. At least one clip of each label is recognised. */
  readonly from: 'one sentence' | 'all';
}

export function settingName({ clipsOfLabel, from }: Setting): string {
  const told = from === 'all' ? 'tested on the rest' : 'of one sentence, tested on the other';
  return `${clipsOfLabel} of each label, ${told}`;
}

export interface Drawn {
  readonly learned: VoiceClip[];
  readonly tested: VoiceClip[];
}

/** @param draw the sentences take turns */
export function drawClips(
  clips: readonly VoiceClip[],
  { clipsOfLabel, from }: Setting,
  draw: number,
  random: () => number,
): Drawn {
  const sentences = [...new Set(clips.map(({ sentence }) => sentence))].sort();
  const only = from === 'one sentence' ? sentences[draw % sentences.length] : undefined;
  const drawn: Drawn = { learned: [], tested: [] };
  for (const label of [...new Set(clips.map((clip) => clip.label))].sort()) {
    const own = shuffled(
      clips.filter((clip) => clip.label === label),
      random,
    );
    const candidates =
      only === undefined ? own.slice(0, -1) : own.filter(({ sentence }) => sentence === only);
    const learned = candidates.slice(0, clipsOfLabel);
    drawn.learned.push(...learned);
    drawn.tested.push(
      ...own.filter((clip) => !learned.includes(clip) && (only === undefined || clip.sentence !== only)),
    );
  }
  return drawn;
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const all = [...values];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [all[i], all[j]] = [all[j]!, all[i]!];
  }
  return all;
}
