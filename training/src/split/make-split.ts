/** The split of an experiment: who is trained on, who chooses, who is kept for the end; and whether it can be believed. */
import { UndertoneError } from '@undertone/core';
import type { Clip } from '../data/clip.ts';
import { Random } from '../data/random.ts';
import { clipId } from '../features/feature-key.ts';
import { counted } from '../report/numbers.ts';
import { drawSpeakers, namedSpeakers, speakersOf, splitBySpeakers, type ThreeWaySplit } from './split.ts';

export interface SplitPlan {
  /** `random` divides clips and not speakers, and says how much that leaks. */
  readonly splitBy: 'speaker' | 'random';
  /** Of the whole, whatever the test takes. */
  readonly valShare: number;
  /** Of the whole; 0 for no test speakers beside the named ones. */
  readonly testShare: number;
  readonly seed: number;
  /** The classes, each of which must be on both sides. */
  readonly labels: readonly string[];
  /** By name; without any, a share is drawn. */
  readonly validationSpeakers?: readonly string[] | undefined;
  readonly testSpeakers?: readonly string[] | undefined;
}

/**
 * @throws UndertoneError `bad_split` for a speaker on two sides or that does not exist, a random split with test speakers
 * by name, shares that leave nobody to train on, a class with too few speakers, and sides that would be empty
 */
export function makeSplit(clips: readonly Clip[], plan: SplitPlan): ThreeWaySplit {
  checkNames(plan);
  checkShares(plan);
  checkClasses(clips, plan);
  const split = plan.splitBy === 'random' ? splitClips(clips, plan) : splitWholeSpeakers(clips, plan);
  checkSides(split, plan);
  return split;
}

/**
 * Those that nobody may read before the end: the named ones, or a share of all.
 * @throws UndertoneError `bad_split`
 */
export function testSpeakersOf(
  clips: readonly Clip[],
  { testShare, seed, validationSpeakers = [], testSpeakers = [] }: Omit<SplitPlan, 'labels' | 'valShare'>,
): ReadonlySet<string> {
  if (testSpeakers.length > 0 || testShare === 0) return namedSpeakers(clips, testSpeakers);
  const validation = namedSpeakers(clips, validationSpeakers);
  const drawn = drawSpeakers(clips, testShare, seed, 'test');
  return new Set(drawn.filter((speaker) => !validation.has(speaker)));
}

function splitWholeSpeakers(clips: readonly Clip[], plan: SplitPlan): ThreeWaySplit {
  const { validationSpeakers = [], testSpeakers = [], valShare, seed } = plan;
  const test = testSpeakersOf(clips, plan);
  const both = [...namedSpeakers(clips, validationSpeakers)].find((speaker) => test.has(speaker));
  if (both !== undefined) {
    throw new UndertoneError(
      'bad_split',
      `Expected every speaker on one side; found ${both} among the speakers for validation and among those for the test (${testSpeakers.join(', ')}).`,
    );
  }
  const rest = clips.filter((clip) => !test.has(clip.speaker));
  if (rest.length === 0) {
    throw new UndertoneError('bad_split', 'Expected speakers to train on; all of them are test speakers.');
  }
  const held =
    validationSpeakers.length > 0 ? validationSpeakers : drawSpeakers(rest, valShare, seed, 'split', clips);
  return { ...splitBySpeakers(rest, held), test: clips.filter((clip) => test.has(clip.speaker)) };
}

/** Shares of the clips of each class, whoever speaks. */
function splitClips(clips: readonly Clip[], { valShare, testShare, seed }: SplitPlan): ThreeWaySplit {
  const sides: Record<'train' | 'validation' | 'test', Clip[]> = { train: [], validation: [], test: [] };
  for (const label of [...new Set(clips.map((clip) => clip.label))].sort()) {
    const members = clips.filter((clip) => clip.label === label);
    const sorted = members.sort((a, b) => (clipId(a) < clipId(b) ? -1 : 1));
    const shuffled = new Random(seed, 'random split', label).shuffle(sorted);
    const test = Math.round(testShare * shuffled.length);
    const validation = test + Math.max(1, Math.round(valShare * shuffled.length));
    sides.test.push(...shuffled.slice(0, test));
    sides.validation.push(...shuffled.slice(test, validation));
    sides.train.push(...shuffled.slice(validation));
  }
  return sides;
}

/** What of one side is already known from another. */
export interface Leak {
  /** Share of the clips held out whose speaker is in training. */
  readonly clips: number;
  readonly speakers: number;
}

/** How much a split leaks; nothing when it is by speaker. */
export function leakOf({ train, validation, test }: ThreeWaySplit): Leak {
  const known = new Set(train.map((clip) => clip.speaker));
  const held = [...validation, ...test];
  const leaked = held.filter((clip) => known.has(clip.speaker));
  return { clips: held.length === 0 ? 0 : leaked.length / held.length, speakers: speakersOf(leaked).length };
}

/** Clips that are divided whoever speaks would put speakers that are kept for the test into training. */
function checkNames({ splitBy, testSpeakers = [] }: SplitPlan): void {
  if (splitBy === 'speaker' || testSpeakers.length === 0) return;
  throw new UndertoneError(
    'bad_split',
    `Field splitBy: expected speaker, as test speakers are named (${testSpeakers.length}); a random split would train on their clips.`,
  );
}

function checkShares({ valShare, testShare, validationSpeakers = [], testSpeakers = [] }: SplitPlan): void {
  // Shares of what is named do not count.
  const drawn = (validationSpeakers.length > 0 ? 0 : valShare) + (testSpeakers.length > 0 ? 0 : testShare);
  if (drawn < 1) return;
  throw new UndertoneError(
    'bad_split',
    `Fields valShare and testShare: expected shares of all speakers that leave some to train on, less than 1 together; found ${valShare} and ${testShare}.`,
  );
}

/** A class needs a speaker for each side, or nothing can be said of it. */
function checkClasses(
  clips: readonly Clip[],
  { labels, splitBy, testShare, testSpeakers = [] }: SplitPlan,
): void {
  const sides = testShare > 0 || testSpeakers.length > 0 ? 3 : 2;
  for (const label of labels) {
    const members = clips.filter((clip) => clip.label === label);
    const speakers = speakersOf(members);
    const found = splitBy === 'random' ? members.length : speakers.length;
    if (found >= sides) continue;
    const what = splitBy === 'random' ? 'clips' : 'speakers';
    const names = speakers.length > 0 ? ` (${speakers.join(', ')})` : '';
    throw new UndertoneError(
      'bad_split',
      `Class "${label}": expected at least ${sides} ${what}, one for each side; found ${found}${names}. Leave it out (labels), or let it count as another (labelMap).`,
    );
  }
}

function checkSides({ train, validation }: ThreeWaySplit, { labels }: SplitPlan): void {
  for (const [side, clips] of [
    ['training', train],
    ['validation', validation],
  ] as const) {
    const missing = labels.find((label) => !clips.some((clip) => clip.label === label));
    if (missing !== undefined) {
      throw new UndertoneError(
        'bad_split',
        `Class "${missing}": expected clips in ${side}; found none among its ${counted(speakersOf(clips).length, 'speaker')}. Name others, or take another share or seed.`,
      );
    }
  }
}
