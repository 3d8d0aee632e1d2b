/** A split as a file: which speakers are on which side, so that several experiments share it. */
import { readFileSync } from 'node:fs';
import { UndertoneError } from '@undertone/core';
import { speakersOf, type ThreeWaySplit } from './split.ts';

const schema = 'undertone.split/1';

export interface SplitSpeakers {
  readonly train: readonly string[];
  readonly validation: readonly string[];
  readonly test: readonly string[];
}

const sides = ['train', 'validation', 'test'] as const;

export function splitFileText({ train, validation, test }: ThreeWaySplit): string {
  const speakers: SplitSpeakers = {
    train: speakersOf(train),
    validation: speakersOf(validation),
    test: speakersOf(test),
  };
  return `${JSON.stringify({ schema, speakers }, null, 2)}\n`;
}

/** @throws UndertoneError `file_not_found`; `bad_split` for a file of another form or a speaker in two lists */
export function readSplitFile(path: string): SplitSpeakers {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UndertoneError('file_not_found', `Cannot read the split ${path}.`, { cause });
  }
  let speakers: Partial<Record<string, unknown>> | undefined;
  try {
    const file = JSON.parse(text) as { schema?: unknown; speakers?: Record<string, unknown> } | null;
    if (file?.schema === schema) speakers = file.speakers;
  } catch {
    // Said below.
  }
  const lists = sides.map((side) => speakers?.[side]);
  if (!lists.every((list) => Array.isArray(list) && list.every((name) => typeof name === 'string'))) {
    throw new UndertoneError(
      'bad_split',
      `${path}: expected a split as "undertone-train split --out" writes it (${schema} with lists of speakers for ${sides.join(', ')}).`,
    );
  }
  const [train, validation, test] = lists as string[][];
  checkOnce(path, { train: train!, validation: validation!, test: test! });
  return { train: train!, validation: validation!, test: test! };
}

function checkOnce(path: string, lists: SplitSpeakers): void {
  const sideOf = new Map<string, string>();
  for (const side of sides) {
    for (const speaker of lists[side]) {
      const before = sideOf.get(speaker);
      if (before !== undefined) {
        throw new UndertoneError(
          'bad_split',
          `${path}: expected every speaker on one side; found ${speaker} in ${before} and in ${side}.`,
        );
      }
      sideOf.set(speaker, side);
    }
  }
}

/**
 * @param speakers of the corpora
 * @throws UndertoneError `bad_split` naming a speaker that only one of corpus and file has
 */
export function checkSplitSpeakers(path: string, file: SplitSpeakers, speakers: readonly string[]): void {
  const listed = new Set(sides.flatMap((side) => file[side]));
  const missing = speakers.find((speaker) => !listed.has(speaker));
  const strange = [...listed].find((speaker) => !speakers.includes(speaker));
  if (missing === undefined && strange === undefined) return;
  throw new UndertoneError(
    'bad_split',
    `${path}: expected the speakers of the corpus; ${missing !== undefined ? `${missing} is on no side` : `${strange} is not in the corpus`}.`,
  );
}
