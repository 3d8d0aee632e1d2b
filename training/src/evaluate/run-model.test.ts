import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  BatchScheduler,
  defaultFeatureConfig,
  judge,
  type ModelRuntime,
  StreamRecogniser,
} from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticVoice, writeSyntheticCremaD, writeWav } from '../../../test/support/synthetic-corpus.ts';
import { readAudioFile } from '../data/audio-file.ts';
import type { Clip } from '../data/clip.ts';
import { loadCorpus } from '../data/corpus.ts';
import { sixClassDescription } from '../export/six-class-description.ts';
import { writeModelFolder } from '../export/write-model-folder.ts';
import { type CachedVariant, FeatureCache } from '../features/feature-cache.ts';
import { FeatureFile } from '../features/feature-file.ts';
import { initialParameters } from '../models/initial-parameters.ts';
import { defaultModelConfig } from '../models/model-config.ts';
import { evaluateModel, horizonsS } from './evaluation.ts';
import { openModelFolder } from './model-folder.ts';
import { runModel } from './run-model.ts';
import { speechLogits } from './speech-logits.ts';
import { scoreSpeechReference } from './speech-reference.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-run-model-'));
let model: ModelRuntime;
let clips: readonly Clip[] = [];
let file: CachedVariant;

beforeAll(async () => {
  // Of two lengths, so that calls hold padding.
  writeSyntheticCremaD(root, 3, ['DFA', 'IEO']);
  clips = (await loadCorpus(root)).clips;
  const cache = new FeatureCache({
    folder: join(root, 'cache'),
    features: defaultFeatureConfig,
    seed: 1,
    threads: 0,
  });
  [file] = (await cache.clips('all', clips, [{ name: 'clean' }], [])) as [CachedVariant];
  // Random weights, enlarged so that classes differ clearly.
  const parameters = initialParameters(defaultModelConfig, 3).map((x) => 1.5 * x);
  const content = { parameters, config: defaultModelConfig, description: sixClassDescription };
  await writeModelFolder(join(root, 'model'), content);
  model = await openModelFolder(join(root, 'model'));
});
afterAll(async () => {
  await model.close();
  rmSync(root, { recursive: true });
});

/** Scores of the whole channel as the recogniser reports them, with the audio in packets of 20 ms. */
async function summaryScores(samples: Float32Array): Promise<Record<string, number>> {
  const scheduler = new BatchScheduler(model, {});
  const stream = new StreamRecogniser(scheduler, {
    encoding: 'float32',
    sampleRateHz: 16000,
    channels: 1,
    onEvents: () => {},
    onError: (error) => {
      throw error;
    },
  });
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  for (let at = 0; at < bytes.length; at += 1280) stream.accept(bytes.subarray(at, at + 1280));
  const [summary] = await stream.finish();
  return { ...summary!.scores };
}

describe('runModel', () => {
  it('judges a clip as the recogniser sums up the stream', async () => {
    const { clips: judged } = await runModel(model, file);
    expect(judged).toHaveLength(36);
    for (const clip of clips.slice(0, 4)) {
      const found = judged.find(({ id }) => clip.path.endsWith(id.split('/').at(-1)!))!;
      const expected = await summaryScores((await readAudioFile(clip.path)).samples);
      const { scores } = judge(model.manifest, found.logits, 1000);
      for (const [label, score] of Object.entries(expected)) expect(scores[label]).toBeCloseTo(score, 4);
    }
  });

  it('does not depend on the clips that share a call', async () => {
    const alone = new FeatureFile(file.path, file.key);
    const first = alone.clip(0);
    alone.close();
    const cache = new FeatureCache({
      folder: join(root, 'cache'),
      features: defaultFeatureConfig,
      seed: 1,
      threads: 0,
    });
    const [one] = await cache.clips('one', clips.slice(0, 1), [{ name: 'clean' }], []);
    const together = (await runModel(model, file, { heardS: [0.5] })).clips.find(
      ({ id }) => id === first.id,
    )!;
    const single = (await runModel(model, one!, { heardS: [0.5] })).clips[0]!;
    for (const [i, logit] of [...(single.logits as number[]), ...single.early[0]!].entries()) {
      expect([...(together.logits as number[]), ...together.early[0]!][i]).toBeCloseTo(logit, 4);
    }
  });

  it('hears only the first seconds where asked, and all of a shorter clip', async () => {
    const { clips: judged } = await runModel(model, file, { heardS: [0.2, 60] });
    for (const { logits, early } of judged) {
      expect(early[1]).toEqual(logits);
      expect(early[0]).not.toEqual(logits);
    }
  });

  it('hears up to so much speech where asked, wherever it begins', async () => {
    const { clips: judged } = await runModel(model, file, {
      heardS: Array.from({ length: 50 }, (_, i) => 0.04 * (i + 1)),
      speechS: [0.4, 60],
    });
    const feature = new FeatureFile(file.path, file.key);
    for (let i = 0; i < 6; i++) {
      const { id } = feature.clip(i);
      const { speech } = feature.read(i);
      const { logits, early, earlySpeech, speechS } = judged.find((clip) => clip.id === id)!;
      expect(earlySpeech[1]).toEqual(logits);
      // Ten steps of speech, counted here by hand: a step is four frames, of which two decide.
      let step = 0;
      for (let heard = 0; heard < 10; step++) {
        if (speech.subarray(4 * step, 4 * step + 4).reduce((a, b) => a + b) >= 2) heard++;
      }
      expect(step).toBeGreaterThan(10);
      expect(earlySpeech[0]).toEqual(early[step - 1]);
      expect(speechS).toBeGreaterThan(0.7);
      expect(speechS).toBeLessThan(1.3);
    }
    feature.close();
  });
});

describe('scoreSpeechReference', () => {
  const samples = syntheticVoice(150, 1.2, 7, 0.5);
  const write = async (probability: (speechLogit: number) => number): Promise<string> => {
    const folder = mkdtempSync(join(root, 'reference-'));
    writeWav(join(folder, 'voice.wav'), samples);
    // A row for each step: it begins where the frames of the step do.
    const heard = await readAudioFile(join(folder, 'voice.wav'));
    const { logits } = await speechLogits(model, heard.samples);
    const rows = [...logits].map((logit, i) => `${640 * i + 120},${probability(logit)}`);
    writeFileSync(join(folder, 'voice.silero.csv'), ['start_sample,other_prob', ...rows].join('\n'));
    return folder;
  };

  it('finds a detector that agrees and one that says the opposite', async () => {
    const middle = [...(await speechLogits(model, samples)).logits].sort((a, b) => a - b)[25]!;
    const agrees = await write((logit) => Number(logit > middle));
    const [score] = await scoreSpeechReference(model, agrees);
    expect(score).toMatchObject({ detector: 'other', recordings: 1, auc: 1 });
    const [opposite] = await scoreSpeechReference(model, await write((logit) => Number(logit <= middle)));
    expect(opposite!.auc).toBe(0);
  });

  it('reads the probabilities of Silero VAD that are kept for tests', async () => {
    const folder = fileURLToPath(new URL('../../../test/golden/vad', import.meta.url));
    const scores = await scoreSpeechReference(model, folder);
    expect(scores.map(({ detector, recordings }) => [detector, recordings])).toEqual([
      ['silero_v5', 12],
      ['silero_v6', 12],
    ]);
    for (const { auc } of scores) expect(auc).toBeGreaterThan(0);
  });

  it('names what is missing', async () => {
    await expect(scoreSpeechReference(model, join(root, 'nowhere'))).rejects.toThrow('There is no folder');
    const folder = mkdtempSync(join(root, 'reference-'));
    await expect(scoreSpeechReference(model, folder)).rejects.toThrow('found none');
    writeFileSync(join(folder, 'x.silero.csv'), 'start_sample\n0\n');
    await expect(scoreSpeechReference(model, folder)).rejects.toThrow('a column of probabilities');
  });
});

describe('evaluateModel', () => {
  it('counts every clip once in every table', async () => {
    const evaluation = await evaluateModel(model, [file, { ...file, variant: 'telephone' }], 1);
    const { wideband, bySex, byCondition, bySecondsHeard, speechAuc } = evaluation;
    expect(wideband.confusion.flat().reduce((a, b) => a + b)).toBe(36);
    expect(bySex.map(({ name, clips: count }) => [name, count])).toEqual([
      ['female', 12],
      ['male', 24],
    ]);
    expect(byCondition.map(({ name }) => name)).toEqual(['clean', 'telephone']);
    expect(byCondition[0]!.uar).toBe(byCondition[1]!.uar);
    expect(bySecondsHeard.map(({ seconds }) => seconds)).toEqual(horizonsS);
    expect(Object.keys(speechAuc)).toEqual(['clean', 'telephone']);
    expect(wideband.interval.low).toBeLessThanOrEqual(wideband.uar);
    expect(wideband.interval.high).toBeGreaterThanOrEqual(wideband.uar);
    expect(byCondition[1]!.changed).toBe(0);
    expect(evaluation.bySpeaker.map(({ clips: count }) => count)).toEqual([12, 12, 12]);
    expect(evaluation.calibration.bins.reduce((sum, bin) => sum + bin.clips, 0)).toBe(36);
    expect(evaluation.roc.map(({ label }) => label)).toEqual(model.manifest.labels);
    expect(evaluation.riskCoverage.points.at(-1)!.risk).toBeCloseTo(1 - wideband.accuracy, 10);
    expect(evaluation.nonSpeech.map(({ kind }) => kind)).toContain('music');
    const { share, riskAbstained, riskAnswered } = evaluation.abstention;
    const wrong = share * (riskAbstained || 0) + (1 - share) * (riskAnswered || 0);
    expect(wrong).toBeCloseTo(1 - wideband.accuracy, 10);
    expect(JSON.parse(JSON.stringify(evaluation))).toMatchObject({ schema: 'undertone.evaluation/1' });
  });
});
