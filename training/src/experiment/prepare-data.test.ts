import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import { type Experiment, resolveExperiment } from '../config/experiment.ts';
import type { Corpus } from '../data/clip.ts';
import { loadCorpora, openCache, prepareTraining, type TrainingData } from './prepare-data.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-prepare-'));
const broken = join(root, 'corpus/AudioWAV/1002_DFA_SAD_XX.wav');
let corpus: Corpus;

beforeAll(async () => {
  writeSyntheticCremaD(join(root, 'corpus'), 2);
  writeFileSync(broken, 'no audio');
  [corpus] = (await loadCorpora([join(root, 'corpus')], undefined)) as [Corpus];
});
afterAll(() => rmSync(root, { recursive: true }));

async function prepare(
  variants: readonly string[],
  cache = variants.join('+'),
): Promise<{ data: TrainingData; notes: readonly string[] }> {
  const notes: string[] = [];
  const experiment: Experiment = resolveExperiment({ variants, threads: 0, nonSpeechClips: 0 });
  const features = openCache(
    join(root, cache),
    experiment,
    { update: () => {}, note: (text) => notes.push(text) },
    new AbortController().signal,
  );
  return { data: await prepareTraining(experiment, [corpus], corpus.clips, features), notes };
}

const heardBy = ({ batches }: TrainingData): string[][] =>
  batches.corpora.map(({ variants }) => variants.map(({ variant }) => variant));

describe('prepareTraining', () => {
  it('names a clip that cannot be used once, when features are made and when they are read', async () => {
    for (const _ of ['made', 'read']) {
      const { data, notes } = await prepare(['clean', 'telephone']);
      expect(notes.filter((note) => note.includes(broken))).toHaveLength(1);
      expect(data.clips).toBe(11);
      expect(heardBy(data)).toEqual([['clean', 'telephone']]);
    }
  });

  it('measures priors of clean clips that the model is not to hear', async () => {
    const { data, notes } = await prepare(['telephone']);
    expect(heardBy(data)).toEqual([['telephone']]);
    expect(data.clips).toBe(11);
    expect(notes.filter((note) => note.includes(broken))).toHaveLength(1);
    const { data: both } = await prepare(['clean', 'telephone']);
    expect(data.normalisation).toEqual(both.normalisation);
  });
});
