import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import { resolveExperiment } from '../config/experiment.ts';
import type { Corpus } from '../data/clip.ts';
import { loadCorpus } from '../data/corpus.ts';
import { runExperiment } from '../experiment/run-experiment.ts';
import { splitBySpeakers } from '../split/split.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-patience-'));
let corpus: Corpus;

beforeAll(async () => {
  writeSyntheticCremaD(join(root, 'corpus'), 4);
  corpus = await loadCorpus(join(root, 'corpus'));
});
afterAll(() => rmSync(root, { recursive: true }));

describe('patience, as a field of an experiment', () => {
  it.each([
    ['cnn', { cnnChannels: '4,8', cnnSize: 8, windowFrames: 100 }],
    ['gru', { channels: '4,4,4,4', convFeatureSize: 8, pitchSize: 4, gruSize: 8 }],
  ])('ends the training of a %s and says which epoch was kept', async (family, sizes) => {
    const experiment = resolveExperiment({
      ...sizes,
      family,
      // So slow that nothing gets better: the first validation stays the best.
      learningRate: 1e-8,
      epochs: 6,
      patience: 2,
      validateEvery: 1,
      threads: 0,
      batchRows: 8,
      frameBuckets: '128,192',
      variants: 'clean,telephone',
      nonSpeechClips: 2,
    });
    const notes: string[] = [];
    const folder = join(root, family);
    const told: number[] = [];
    const result = await runExperiment(experiment, {
      corpora: [corpus],
      split: splitBySpeakers(corpus.clips, ['1004']),
      folder,
      cache: join(root, 'cache'),
      measure: 'validation',
      progress: { update: () => {}, note: (text) => notes.push(text) },
      onValidation: (epoch) => told.push(epoch),
    });
    expect(told).toEqual([1, 2, 3]);
    expect(notes.at(-1)).toContain('Kept the weights of epoch 1 of at most 6');
    const manifest = JSON.parse(readFileSync(join(folder, 'latest/manifest.json'), 'utf8'));
    expect(manifest.training.epochs).toBe(1);
    const curves = readFileSync(join(folder, 'curves.jsonl'), 'utf8').trim().split('\n');
    const [first] = curves.map((line) => JSON.parse(line)).filter(({ validation }) => validation);
    expect(result!.validation).toEqual(first.validation);
  });
});
