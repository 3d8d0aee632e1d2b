import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfTest, UndertoneError } from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../../test/support/synthetic-corpus.ts';
import { resolveExperiment } from '../../config/experiment.ts';
import { readAudioFile } from '../../data/audio-file.ts';
import type { Corpus } from '../../data/clip.ts';
import { loadCorpus } from '../../data/corpus.ts';
import { openModelFolder } from '../../evaluate/model-folder.ts';
import { streamTogether } from '../../evaluate/stream-samples.ts';
import { type Split, splitBySpeakers } from '../../split/split.ts';
import { candidateExperiment, candidateNamed, splitSettings } from './candidate.ts';
import { type ComparisonRun, compareFamilies, type FamilyRun } from './compare-families.ts';
import { compareReport } from './compare-report.ts';
import { bestCandidate, type Candidate, comparisonTable, fits, verdict } from './comparison.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-compare-'));
const notes: string[] = [];
let corpus: Corpus;
let split: Split;
let found: readonly Candidate[];

const shared = resolveExperiment({
  modelName: 'tiny',
  epochs: 1,
  threads: 0,
  batchRows: 12,
  frameBuckets: '128,192',
  variants: 'clean,telephone',
  nonSpeechClips: 2,
  windowFrames: 100,
  cnnChannels: '4,8',
  cnnSize: 12,
  forestTrees: 20,
  forestLeafRows: 2,
});
const families: FamilyRun[] = (['svm', 'svm-linear', 'forest', 'cnn'] as const).map((name) => ({
  name,
  experiment: candidateExperiment(name, shared),
  given: null,
}));

function run(): ComparisonRun {
  return {
    corpora: [corpus],
    split,
    folder: join(root, 'compare'),
    cache: join(root, 'cache'),
    progress: { update: () => {}, note: (text) => notes.push(text) },
    signal: new AbortController().signal,
  };
}

beforeAll(async () => {
  writeSyntheticCremaD(join(root, 'corpus'), 4);
  corpus = await loadCorpus(join(root, 'corpus'));
  split = splitBySpeakers(corpus.clips, ['1004']);
  found = (await compareFamilies(families, run()))!;
}, 300_000);
afterAll(() => rmSync(root, { recursive: true }));

describe('compareFamilies', () => {
  it('trains each family to a model that gives its golden outputs and names voices nobody trained on', async () => {
    expect(found.map(({ name, kind }) => [name, kind])).toEqual([
      ['svm', 'functionals'],
      ['svm-linear', 'functionals'],
      ['forest', 'functionals'],
      ['cnn', 'frames'],
    ]);
    for (const { name, folder, evaluation } of found) {
      const model = await openModelFolder(folder);
      const golden: unknown = JSON.parse(await readFile(join(folder, 'golden.json'), 'utf8'));
      for (const difference of Object.values(await selfTest(model, golden))) {
        expect(difference).toBeLessThan(1e-5);
      }
      expect(model.manifest.name).toBe(`tiny-${name}`);
      expect(model.manifest.calibration.temperature).toBe(evaluation.calibration.temperature);
      await model.close();
      // Each class has a pitch of its own; one epoch teaches a network nothing.
      if (name !== 'cnn') expect(evaluation.wideband.uar).toBeGreaterThan(0.8);
    }
  });

  it('measures what a stream is told', async () => {
    for (const { folder } of found) {
      const model = await openModelFolder(folder);
      const clips = split.validation.slice(0, 3);
      const audio = await Promise.all(clips.map(({ path }) => readAudioFile(path)));
      const heard = await streamTogether(
        model,
        audio.map(({ samples }) => samples),
      );
      for (const { summary } of heard) {
        const scores = Object.values(summary.scores);
        expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
        expect(Math.max(...scores)).toBeGreaterThan(1 / 6);
      }
      await model.close();
    }
  });

  it('knows what each costs', () => {
    for (const { cost, sizeBytes } of found) {
      expect(cost.cpuMsPerSecond).toBeGreaterThan(0);
      expect(cost.waitMs).toBe(265);
      expect(cost.stateBytes).toBeGreaterThan(1000);
      expect(sizeBytes).toBeGreaterThan(1000);
    }
    const size = new Map(found.map(({ name, sizeBytes }) => [name, sizeBytes]));
    expect(size.get('svm-linear')).toBeLessThan(size.get('svm')!);
  });

  it('does not train again what is there, unless it was to be trained differently', async () => {
    const finished = join(root, 'compare/svm-linear/finished.json');
    const before = (await stat(finished)).mtimeMs;
    notes.length = 0;
    const again = await compareFamilies([families[1]!], run());
    expect(notes).toEqual(['svm-linear: trained already.']);
    expect(again![0]!.evaluation).toEqual(JSON.parse(JSON.stringify(found[1]!.evaluation)));
    expect((await stat(finished)).mtimeMs).toBe(before);
    const experiment = candidateExperiment('svm-linear', shared, ['svmCost=0.5']);
    await compareFamilies([{ name: 'svm-linear', experiment, given: null }], run());
    expect((await stat(finished)).mtimeMs).toBeGreaterThan(before);
  });

  it('has heard all of the audio when costs are measured', async () => {
    const shown: string[] = [];
    const update = (task: string, done: number, total: number) => shown.push(`${task} ${done}/${total}`);
    await compareFamilies([families[1]!], { ...run(), progress: { note: () => {}, update } });
    const [done, total] = shown.at(-1)!.replace('svm-linear costs ', '').split('/');
    expect(done).toBe(total);
  });

  it('shows how far it is while it measures, and says that it was stopped where it was', async () => {
    const stop = new AbortController();
    const shown: string[] = [];
    const progress = {
      note: () => {},
      update: (task: string, done: number, total: number) => {
        shown.push(`${task} ${done}/${total}`);
        if (task === 'cnn costs' && done === 2) stop.abort();
      },
    };
    const stopped = compareFamilies([families[3]!], { ...run(), progress, signal: stop.signal });
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    const costs = shown.filter((line) => line.startsWith('cnn costs'));
    expect(costs).toHaveLength(2);
    expect(costs[0]).toMatch(/^cnn costs 1\/\d+$/);
  });

  it('measures a model that is given instead of training', async () => {
    const given = join(root, 'compare/forest/model');
    const [forest] = (await compareFamilies([{ ...families[2]!, given }], run()))!;
    expect(forest).toMatchObject({ given: true, trainingS: null });
    expect(forest!.evaluation.wideband.uar).toBe(found[2]!.evaluation.wideband.uar);
  });

  it('is written as one page', () => {
    const page = compareReport(found, { sizeKb: 10 });
    for (const { name } of found) expect(page).toContain(name);
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });
});

describe('the choice under a budget', () => {
  const candidate = (name: string, uar: number, cpuMs: number, sizeKb: number): Candidate => ({
    ...found[0]!,
    name,
    sizeBytes: 1000 * sizeKb,
    cost: { ...found[0]!.cost, cpuMsPerSecond: cpuMs },
    evaluation: {
      ...found[0]!.evaluation,
      wideband: { ...found[0]!.evaluation.wideband, uar, interval: { low: uar - 0.05, high: uar + 0.05 } },
    },
  });

  it('is the best that fits, and the sentence says what the budget costs', () => {
    const all = [
      candidate('large', 0.66, 5, 9000),
      candidate('small', 0.6, 0.4, 20),
      candidate('poor', 0.5, 0.1, 5),
    ];
    expect(bestCandidate(all, {})!.name).toBe('large');
    expect(bestCandidate(all, { cpuMs: 1 })!.name).toBe('small');
    expect(bestCandidate(all, { cpuMs: 1, sizeKb: 10 })!.name).toBe('poor');
    expect(bestCandidate(all, { sizeKb: 1 })).toBeNull();
    expect(verdict(all, { cpuMs: 1 })).toBe(
      'Best choice (at most 1 ms of CPU per second of audio): small, UAR 60.0 [55.0, 65.0]; without the budget: large, UAR 66.0 [61.0, 71.0].',
    );
    expect(verdict(all, { sizeKb: 1 })).toContain('None fits the budget (at most 1 kB); without it: large');
    expect(comparisonTable(all, { cpuMs: 1 }).rows.map((row) => row.at(-1))).toEqual([
      'over',
      'best',
      'fits',
    ]);
  });

  it('counts the wait and the computing', () => {
    const one = candidate('one', 0.5, 1, 1);
    const wait = one.cost.waitMs + one.cost.stepMs;
    expect(fits(one, { waitMs: wait + 0.01 })).toBe(true);
    expect(fits(one, { waitMs: wait - 0.01 })).toBe(false);
  });
});

describe('settings', () => {
  it('are for all families or for one', () => {
    const { shared: all, own } = splitSettings(['seed=2', 'svm.svmCost=1', 'cnn.epochs=3', 'svm.svmFolds=4']);
    expect(all).toEqual(['seed=2']);
    expect(own).toEqual(
      new Map([
        ['svm', ['svmCost=1', 'svmFolds=4']],
        ['cnn', ['epochs=3']],
      ]),
    );
    const experiment = candidateExperiment('svm', shared, own.get('svm'));
    expect(experiment).toMatchObject({ family: 'svm', svmCost: 1, svmFolds: 4, modelName: 'tiny-svm' });
  });

  it('name families that exist', () => {
    expect(() => candidateNamed('rnn')).toThrow('Expected families of gru, cnn, forest, svm, svm-linear');
    expect(() => splitSettings(['mlp.size=3'])).toThrow(UndertoneError);
  });
});
