/** Splits clips by speaker, never by clip: nobody is both trained on and measured on. */
import { UndertoneError } from '@undertone/core';
import type { Clip } from '../data/clip.ts';
import { Random } from '../data/random.ts';
import { counted } from '../report/numbers.ts';
import { drawBalanced } from './balanced-draw.ts';

export interface Split {
  readonly train: readonly Clip[];
  readonly validation: readonly Clip[];
}

/** With the speakers that neither training nor validation reads; `test` may be empty. */
export interface ThreeWaySplit extends Split {
  readonly test: readonly Clip[];
}

/** Speakers of some clips, sorted. */
export function speakersOf(clips: readonly Clip[]): string[] {
  return [...new Set(clips.map((clip) => clip.speaker))].sort();
}

/**
 * Holds out a share of the speakers of each corpus and sex (at least one of each with four or more speakers), whose
 * classes are spread as those of all.
 * @param share in (0, 1)
 * @throws UndertoneError `bad_split`
 */
export function splitByShare(clips: readonly Clip[], share: number, seed: number): Split {
  return splitBySpeakers(clips, drawSpeakers(clips, share, seed, 'split'));
}

/**
 * The speakers of a share, as `splitByShare` holds them out.
 * @param purpose gives other speakers for another purpose
 * @param whole what it is a share of, where `clips` are what another side leaves
 * @throws UndertoneError `bad_split`
 */
export function drawSpeakers(
  clips: readonly Clip[],
  share: number,
  seed: number,
  purpose: 'split' | 'test',
  whole: readonly Clip[] = clips,
): string[] {
  if (!(share > 0 && share < 1)) {
    throw new UndertoneError('bad_split', `Expected a share of speakers between 0 and 1, found ${share}.`);
  }
  const groups = strata(clips);
  const wholeGroups = strata(whole);
  const all = speakersOf(clips);
  return drawBalanced(clips, (attempt) => {
    // The first draw is that of versions that knew no other.
    const keys = attempt === 0 ? [seed, purpose] : [seed, purpose, attempt];
    const held: string[] = [];
    for (const [stratum, speakers] of groups) {
      const shuffled = new Random(...keys, stratum).shuffle([...speakers]);
      const size = wholeGroups.get(stratum)!.length;
      const count = size < 4 ? 0 : Math.max(1, Math.round(share * size));
      // Where another side has taken some, one is left to train on.
      held.push(...shuffled.slice(0, size > speakers.length ? Math.min(count, speakers.length - 1) : count));
    }
    // Tiny corpora, where no stratum is large enough: one speaker of all.
    if (held.length === 0 && all.length > 1) held.push(new Random(...keys).pick(all));
    return held;
  });
}

/**
 * Speakers of some clips by their names, given as `crema-d/1001` or `1001`.
 * @throws UndertoneError `bad_split` for a name that is not exactly one speaker's
 */
export function namedSpeakers(clips: readonly Clip[], names: readonly string[]): ReadonlySet<string> {
  const all = speakersOf(clips);
  return new Set(
    names.map((name) => {
      const found = all.filter((speaker) => speaker === name || speaker.endsWith(`/${name}`));
      if (found.length !== 1) {
        throw new UndertoneError(
          'bad_split',
          `Expected "${name}" to name one speaker of the corpus; found ${found.length ? found.join(', ') : 'none'}.`,
        );
      }
      return found[0]!;
    }),
  );
}

/**
 * Holds out the named speakers, given as `crema-d/1001` or `1001`.
 * @throws UndertoneError `bad_split` for a speaker that is not in the corpus, or when a side would be empty
 */
export function splitBySpeakers(clips: readonly Clip[], validationSpeakers: readonly string[]): Split {
  const held = namedSpeakers(clips, validationSpeakers);
  const split = {
    train: clips.filter((clip) => !held.has(clip.speaker)),
    validation: clips.filter((clip) => held.has(clip.speaker)),
  };
  if (split.train.length === 0 || split.validation.length === 0) {
    throw new UndertoneError(
      'bad_split',
      `Expected speakers on both sides; found ${speakersOf(clips).length - held.size} for training and ${held.size} for validation.`,
    );
  }
  return split;
}

/**
 * K splits in which each speaker is held out once; with as many folds as speakers, one speaker at a time.
 * @throws UndertoneError `bad_split` when there are fewer speakers than folds
 */
export function groupedFolds(clips: readonly Clip[], folds: number, seed: number): Split[] {
  const count = speakersOf(clips).length;
  if (!Number.isInteger(folds) || folds < 2 || folds > count) {
    throw new UndertoneError(
      'bad_split',
      `Expected 2 to ${count} folds for ${counted(count, 'speaker')}, found ${folds}.`,
    );
  }
  const heldOut: string[][] = Array.from({ length: folds }, () => []);
  let next = 0;
  for (const [stratum, speakers] of strata(clips)) {
    for (const speaker of new Random(seed, 'folds', stratum).shuffle(speakers)) {
      heldOut[next++ % folds]!.push(speaker);
    }
  }
  return heldOut.map((speakers) => splitBySpeakers(clips, speakers));
}

/** Speakers by corpus and sex, each list sorted. */
function strata(clips: readonly Clip[]): Map<string, string[]> {
  const groups = new Map<string, Set<string>>();
  for (const clip of clips) {
    const key = `${clip.corpus} ${clip.sex ?? 'unknown'}`;
    const group = groups.get(key) ?? new Set();
    groups.set(key, group.add(clip.speaker));
  }
  return new Map(
    [...groups].sort(([a], [b]) => a.localeCompare(b)).map(([key, set]) => [key, [...set].sort()]),
  );
}
