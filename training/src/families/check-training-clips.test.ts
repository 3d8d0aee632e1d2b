import { describe, expect, it } from 'vitest';
import { resolveExperiment } from '../config/experiment.ts';
import type { Clip } from '../data/clip.ts';
import { runExperiment } from '../experiment/run-experiment.ts';
import { checkTrainingClips } from './check-training-clips.ts';

const clip = (speaker: string, label: string): Clip => ({
  path: `${speaker}-${label}.wav`,
  speaker: `c/${speaker}`,
  label,
  corpus: 'c',
});
const svm = { family: 'svm' } as const;
const forest = { family: 'forest' } as const;

describe('checkTrainingClips', () => {
  it('refuses one training speaker, for the families that hold speakers out', () => {
    const train = [clip('ann', 'sad'), clip('ann', 'happy')];
    expect(() => checkTrainingClips(svm, train)).toThrow(
      'Field family: svm expects at least 2 speakers to train on, as it holds some out in turn; found c/ann.',
    );
    expect(() => checkTrainingClips(forest, train)).toThrow(
      'Field family: forest expects at least 2 speakers',
    );
    expect(() => checkTrainingClips({ family: 'cnn' }, train)).not.toThrow();
  });

  it('refuses a single class', () => {
    const train = [clip('ann', 'sad'), clip('bob', 'sad')];
    for (const family of [svm, forest]) {
      expect(() => checkTrainingClips(family, train)).toThrow('at least 2 classes to train on; found sad.');
    }
  });

  it('refuses an SVM a class of one speaker, whose probability nobody else could tell', () => {
    const train = ['ann', 'bob', 'cem'].map((speaker) => clip(speaker, 'sad'));
    const lonely = [...train, clip('bob', 'happy')];
    expect(() => checkTrainingClips(svm, lonely)).toThrow('found c/bob alone for "happy"');
    expect(() => checkTrainingClips(forest, lonely)).not.toThrow();
    expect(() => checkTrainingClips(svm, [...lonely, clip('cem', 'happy')])).not.toThrow();
  });

  it('is asked before a run reads its first recording', async () => {
    const experiment = resolveExperiment({ family: 'forest', threads: 0 });
    const clips = [clip('ann', 'sad'), clip('ann', 'happy')];
    const corpora = [{ name: 'c', title: 'c', licence: 'unknown', clips }];
    const split = { train: clips, validation: clips };
    // Nothing of this exists.
    const run = { corpora, split, folder: '/nowhere/run', cache: '/nowhere/cache' };
    await expect(runExperiment(experiment, run)).rejects.toThrow('forest expects at least 2 speakers');
  });
});
