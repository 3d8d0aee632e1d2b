import { describe, expect, it } from 'vitest';
import type { Clip } from '../data/clip.ts';
import { groupedFolds, speakersOf, splitByShare, splitBySpeakers } from './split.ts';

/** Two clips each of `count` speakers, every second one female. */
function clipsOf(count: number, corpus = 'c'): Clip[] {
  return Array.from({ length: 2 * count }, (_, i) => {
    const speaker = Math.floor(i / 2);
    return {
      path: `${i}.wav`,
      speaker: `${corpus}/${100 + speaker}`,
      label: 'sad',
      corpus,
      sex: speaker % 2 === 0 ? 'female' : 'male',
    };
  });
}

describe('splitByShare', () => {
  it('holds out the share of each sex, whole speakers only', () => {
    const clips = clipsOf(40);
    const split = splitByShare(clips, 0.2, 1);
    const held = speakersOf(split.validation);
    expect(held).toHaveLength(8);
    expect(split.validation.filter((clip) => clip.sex === 'female')).toHaveLength(8);
    expect(speakersOf(split.train).filter((speaker) => held.includes(speaker))).toEqual([]);
    expect(split.train.length + split.validation.length).toBe(clips.length);
  });

  it('depends on the seed and not on the order of the clips', () => {
    const clips = clipsOf(40);
    const held = (seed: number, list = clips): string[] =>
      speakersOf(splitByShare(list, 0.2, seed).validation);
    expect(held(1)).toEqual(held(1, [...clips].reverse()));
    expect(held(1)).not.toEqual(held(2));
  });

  it('looks for speakers whose classes are spread as those of all', () => {
    // Two speakers in ten are never sad: a draw of them alone would measure nothing.
    const clips = clipsOf(20).map((clip, i) => ({
      ...clip,
      label: i % 20 < 16 ? (i % 2 ? 'sad' : 'happy') : 'happy',
    }));
    for (let seed = 0; seed < 20; seed++) {
      const { validation } = splitByShare(clips, 0.2, seed);
      const sad = validation.filter((clip) => clip.label === 'sad').length / validation.length;
      expect(Math.abs(sad - 0.4)).toBeLessThanOrEqual(0.15);
    }
  });

  it('holds out speakers of every corpus', () => {
    const split = splitByShare([...clipsOf(20, 'a'), ...clipsOf(20, 'b')], 0.1, 1);
    expect(new Set(split.validation.map((clip) => clip.corpus))).toEqual(new Set(['a', 'b']));
  });

  it('holds out one speaker of a tiny corpus and refuses a single one', () => {
    expect(speakersOf(splitByShare(clipsOf(3), 0.15, 1).validation)).toHaveLength(1);
    expect(() => splitByShare(clipsOf(1), 0.15, 1)).toThrow('found 1 for training and 0 for validation');
  });
});

describe('splitBySpeakers', () => {
  it('takes names with and without the corpus', () => {
    expect(speakersOf(splitBySpeakers(clipsOf(5), ['101', 'c/103']).validation)).toEqual(['c/101', 'c/103']);
  });

  it('refuses a speaker that does not exist', () => {
    expect(() => splitBySpeakers(clipsOf(5), ['999'])).toThrow('Expected "999" to name one speaker');
  });
});

describe('groupedFolds', () => {
  it('holds out each speaker exactly once', () => {
    const clips = clipsOf(11);
    const folds = groupedFolds(clips, 4, 1);
    expect(folds.flatMap((fold) => speakersOf(fold.validation)).sort()).toEqual(speakersOf(clips));
    for (const fold of folds) expect(speakersOf(fold.validation).length).toBeLessThanOrEqual(3);
    expect(() => groupedFolds(clips, 12, 1)).toThrow('Expected 2 to 11 folds');
  });

  it('leaves one speaker out at a time when there are as many folds as speakers', () => {
    const clips = clipsOf(5);
    const folds = groupedFolds(clips, 5, 1);
    expect(folds.map((fold) => speakersOf(fold.validation).length)).toEqual([1, 1, 1, 1, 1]);
  });
});
