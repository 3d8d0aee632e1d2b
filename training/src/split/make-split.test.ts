import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Clip } from '../data/clip.ts';
import { countSides, leakWarning, splitLine } from './describe-split.ts';
import { leakOf, makeSplit, type SplitPlan } from './make-split.ts';
import { speakersOf } from './split.ts';
import { checkSplitSpeakers, readSplitFile, splitFileText } from './split-file.ts';

const labels = ['happy', 'sad'];

/** Four clips of each of `count` speakers, two of each class; every second one female. */
function clipsOf(count: number): Clip[] {
  return Array.from({ length: 4 * count }, (_, i) => {
    const speaker = Math.floor(i / 4);
    return {
      path: `${i}.wav`,
      speaker: `c/${100 + speaker}`,
      label: labels[i % 2]!,
      corpus: 'c',
      sex: speaker % 2 === 0 ? 'female' : 'male',
    };
  });
}

const plan = (changes: Partial<SplitPlan> = {}): SplitPlan => ({
  splitBy: 'speaker',
  valShare: 0.2,
  testShare: 0.2,
  seed: 1,
  labels,
  ...changes,
});

describe('makeSplit', () => {
  it('gives each speaker one side, with shares of each sex', () => {
    const clips = clipsOf(40);
    const split = makeSplit(clips, plan());
    const sides = [split.train, split.validation, split.test].map(speakersOf);
    // Both shares are of all forty: what the test takes is not taken from the validation.
    expect(sides.map((side) => side.length)).toEqual([24, 8, 8]);
    expect(sides.flat().sort()).toEqual(speakersOf(clips));
    const [, validation, test] = countSides(split, labels);
    expect(validation!.bySex).toEqual({ female: 16, male: 16, unknown: 0 });
    expect(test!.byClass).toEqual({ happy: 16, sad: 16 });
    expect([leakOf(split).clips, leakWarning(split)]).toEqual([0, null]);
    expect(splitLine(split)).toBe(
      'Training on 24 speakers (96 clips), validation on 8 speakers (32 clips), 8 speakers (32 clips) kept for the test.',
    );
  });

  it('takes the share of the whole beside test speakers by name too, and leaves somebody to train on', () => {
    const testSpeakers = Array.from({ length: 30 }, (_, i) => `${100 + i}`);
    const split = makeSplit(clipsOf(40), plan({ testSpeakers, valShare: 0.2 }));
    expect([split.train, split.validation].map((side) => speakersOf(side).length)).toEqual([2, 8]);
    const greedy = makeSplit(clipsOf(40), plan({ testSpeakers, valShare: 0.5 }));
    expect(speakersOf(greedy.train)).toHaveLength(2);
    expect(() => makeSplit(clipsOf(40), plan({ valShare: 0.6, testShare: 0.4 }))).toThrow(
      'less than 1 together; found 0.6 and 0.4',
    );
  });

  it('keeps the test speakers when validation speakers are named that were drawn before', () => {
    const clips = clipsOf(40);
    const drawn = makeSplit(clips, plan());
    const named = makeSplit(clips, plan({ validationSpeakers: speakersOf(drawn.validation) }));
    expect(named).toEqual(drawn);
  });

  it('does not divide clips at random when speakers are kept for the test by name', () => {
    const random = plan({ splitBy: 'random', testSpeakers: ['101'] });
    expect(() => makeSplit(clipsOf(6), random)).toThrow(/splitBy.*test speakers are named/);
  });

  it('takes named speakers for each side and refuses one that is named for both', () => {
    const split = makeSplit(clipsOf(6), plan({ testSpeakers: ['101'], validationSpeakers: ['c/102'] }));
    expect(speakersOf(split.test)).toEqual(['c/101']);
    expect(speakersOf(split.validation)).toEqual(['c/102']);
    expect(() =>
      makeSplit(clipsOf(6), plan({ testSpeakers: ['101', '103'], validationSpeakers: ['c/103'] })),
    ).toThrow('found c/103 among the speakers for validation and among those for the test');
  });

  it('divides clips at random when asked, and says how much that leaks', () => {
    const split = makeSplit(clipsOf(10), plan({ splitBy: 'random' }));
    expect([split.train.length, split.validation.length, split.test.length]).toEqual([24, 8, 8]);
    expect(split.test.filter((clip) => clip.label === 'sad')).toHaveLength(4);
    expect(new Set([...split.train, ...split.validation, ...split.test]).size).toBe(40);
    const heard = speakersOf(split.train);
    const leaked = [...split.validation, ...split.test].filter((clip) => heard.includes(clip.speaker));
    expect(leakOf(split).clips).toBe(leaked.length / 16);
    expect(leakWarning(split)).toMatch(
      /^This split leaks: \d+ % of the clips held out .* not those of unseen/,
    );
  });

  it('names a class with too few speakers', () => {
    const clips = clipsOf(8).map((clip) => ({
      ...clip,
      label: clip.speaker === 'c/103' && clip.label === 'sad' ? 'bored' : clip.label,
    }));
    expect(() => makeSplit(clips, plan({ labels: [...labels, 'bored'], testShare: 0 }))).toThrow(
      'Class "bored": expected at least 2 speakers, one for each side; found 1 (c/103).',
    );
    expect(() => makeSplit(clips, plan({ labels: [...labels, 'calm'] }))).toThrow(
      'Class "calm": expected at least 3 speakers, one for each side; found 0. Leave it out',
    );
  });

  it('refuses named sides that lack a class', () => {
    const clips = clipsOf(4).filter((clip) => clip.speaker !== 'c/101' || clip.label === 'sad');
    expect(() => makeSplit(clips, plan({ testShare: 0, validationSpeakers: ['101'] }))).toThrow(
      'Class "happy": expected clips in validation; found none among its 1 speaker.',
    );
  });
});

describe('split files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-split-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const write = (text: string): string => {
    const path = join(folder, 'split.json');
    writeFileSync(path, text);
    return path;
  };

  it('give the same split again', () => {
    const clips = clipsOf(20);
    const split = makeSplit(clips, plan());
    const { validation, test } = readSplitFile(write(splitFileText(split)));
    expect(makeSplit(clips, plan({ validationSpeakers: validation, testSpeakers: test, seed: 7 }))).toEqual(
      split,
    );
  });

  it.each([
    ['{', 'expected a split as "undertone-train split --out" writes it'],
    ['{"schema":"undertone.split/1","speakers":{"train":["a"]}}', 'lists of speakers for train'],
    [
      '{"schema":"undertone.split/1","speakers":{"train":["a"],"validation":["b"],"test":["a"]}}',
      'found a in train and in test',
    ],
  ])('are refused when they are %j', (text, message) => {
    expect(() => readSplitFile(write(text))).toThrow(message);
  });

  it('must be of the corpus', () => {
    const file = { train: ['c/1'], validation: ['c/2'], test: [] };
    expect(() => checkSplitSpeakers('s.json', file, ['c/1', 'c/2', 'c/3'])).toThrow('c/3 is on no side');
    expect(() => checkSplitSpeakers('s.json', file, ['c/1'])).toThrow('c/2 is not in the corpus');
    expect(() => checkSplitSpeakers('s.json', file, ['c/1', 'c/2'])).not.toThrow();
  });
});
