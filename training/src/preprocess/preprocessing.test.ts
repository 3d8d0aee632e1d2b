import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchScheduler,
  defaultFeatureConfig,
  type FeatureConfig,
  featureHash,
  judge,
  type ModelRuntime,
  StreamRecogniser,
} from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticVoice, writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import { trainCommand } from '../cli/train-command.ts';
import { resolveExperiment } from '../config/experiment.ts';
import { featuresOf } from '../config/fields-of-preprocessing.ts';
import { readAudioFile } from '../data/audio-file.ts';
import type { Clip } from '../data/clip.ts';
import { loadCorpus } from '../data/corpus.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { runModel } from '../evaluate/run-model.ts';
import { FeatureCache } from '../features/feature-cache.ts';
import { ProgressLine } from '../report/progress-line.ts';
import { trimSilence } from './trim-silence.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-preprocessing-'));
const corpus = join(root, 'corpus');
const preprocessing = [
  'loudness=lufs',
  'loudnessTargetDb=-20',
  'suppressor=log-mmse',
  'suppressorMaxDb=10',
  'trimSilence=true',
  'trimKeepMs=120',
];
const small = [
  'threads=0',
  'batchRows=8',
  'frameBuckets=128,256',
  'nonSpeechClips=4',
  'channels=4,4,4,4',
  'convFeatureSize=8',
  'pitchSize=4',
  'gruSize=8',
  'variants=clean,noise',
];
let model: ModelRuntime;
let clips: readonly Clip[] = [];

beforeAll(async () => {
  writeSyntheticCremaD(corpus, 4);
  clips = (await loadCorpus(corpus)).clips;
  const output = {
    print: () => {},
    progress: new ProgressLine({ write: () => true }),
    signal: new AbortController().signal,
  };
  const places = { out: join(root, 'model'), run: join(root, 'run'), cache: join(root, 'cache') };
  await trainCommand([corpus], { ...places, set: [...small, ...preprocessing], epochs: '1' }, output);
  model = await openModelFolder(join(root, 'model'));
}, 120_000);
afterAll(async () => {
  await model.close();
  rmSync(root, { recursive: true });
});

/** Scores of the whole channel, with the audio in packets of `packetMs`. */
async function liveScores(samples: Float32Array, packetMs: number): Promise<Record<string, number>> {
  const stream = new StreamRecogniser(new BatchScheduler(model, {}), {
    encoding: 'float32',
    sampleRateHz: 16000,
    channels: 1,
    onEvents: () => {},
    onError: (error) => {
      throw error;
    },
  });
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const packetBytes = 64 * packetMs;
  for (let at = 0; at < bytes.length; at += packetBytes) stream.accept(bytes.subarray(at, at + packetBytes));
  const [summary] = await stream.finish();
  return { ...summary!.scores };
}

describe('a model trained with preprocessing', () => {
  it('says in its manifest what is done to the samples', async () => {
    const { features, featureHash: hash } = model.manifest;
    expect(features.preprocess).toMatchObject({
      suppressor: { kind: 'log-mmse', maxAttenuationDb: 10 },
      loudness: { weighting: 'k', targetDb: -20 },
      trimSilence: { keepMs: 120 },
    });
    expect(hash).toBe(await featureHash(features));
    expect(hash).not.toBe(await featureHash(defaultFeatureConfig));
  });

  it('hears a stream in packets as it heard the clip in training', async () => {
    const cache = new FeatureCache({
      folder: join(root, 'cache'),
      features: model.manifest.features,
      seed: 1,
      threads: 0,
    });
    const [file] = await cache.clips('all', clips.slice(0, 4), [{ name: 'clean' }], []);
    const { clips: judged } = await runModel(model, file!);
    for (const [i, clip] of clips.slice(0, 4).entries()) {
      const { samples } = await readAudioFile(clip.path);
      const heard = trimSilence(samples, model.manifest.features.preprocess!.trimSilence!);
      expect(heard.length).toBeLessThan(samples.length);
      const { scores } = judge(model.manifest, Float32Array.from(judged[i]!.logits), 1e6);
      for (const packetMs of [20, 37]) {
        const live = await liveScores(heard, packetMs);
        for (const [label, score] of Object.entries(scores)) {
          expect(Math.abs(live[label]! - score), label).toBeLessThan(1e-5);
        }
      }
    }
  });
});

describe('fields of preprocessing', () => {
  it('leave the features of before where nothing is asked for', () => {
    expect(featuresOf(resolveExperiment({}))).toBe(defaultFeatureConfig);
    // The models that exist rest on this hash.
    const shipped = JSON.parse(
      readFileSync(new URL('../../../models/default/manifest.json', import.meta.url), 'utf8'),
    ) as { features: FeatureConfig };
    expect(featuresOf(resolveExperiment({}))).toEqual(shipped.features);
  });

  it('can be switched one by one', () => {
    const parts = (settings: Record<string, unknown>): string[] =>
      Object.keys(featuresOf(resolveExperiment(settings)).preprocess ?? {});
    expect(parts({ loudness: 'rms' })).toEqual(['loudness']);
    expect(parts({ suppressor: 'log-mmse' })).toEqual(['suppressor']);
    expect(parts({ trimSilence: true })).toEqual(['trimSilence']);
    expect(() => resolveExperiment({ loudness: 'loud' })).toThrow('one of none, lufs, rms');
  });
});

describe('trimSilence', () => {
  const options = { belowLoudDb: 30, keepMs: 100 };

  it('keeps the voice and the asked-for silence around it', () => {
    const voice = syntheticVoice(150, 1, 1, 0.5);
    const trimmed = trimSilence(voice, options);
    expect(Math.abs(trimmed.length - 1.2 * 16000)).toBeLessThan(500);
    const start = voice.indexOf(trimmed[0]!);
    expect(Math.abs(start - 0.4 * 16000)).toBeLessThan(250);
    expect(trimmed).toEqual(voice.subarray(start, start + trimmed.length));
  });

  it('does not depend on the level, and is not misled by a click', () => {
    const voice = syntheticVoice(150, 1, 1, 0.5);
    expect(
      trimSilence(
        voice.map((x) => 0.1 * x),
        options,
      ).length,
    ).toBe(trimSilence(voice, options).length);
    const clicked = voice.slice();
    clicked[1000] = 0.5;
    expect(trimSilence(clicked, options).length).toBe(trimSilence(voice, options).length);
  });

  it('leaves silence and what is loud throughout alone', () => {
    expect(trimSilence(new Float32Array(8000), options).length).toBe(8000);
    expect(trimSilence(new Float32Array(0), options).length).toBe(0);
    expect(trimSilence(new Float32Array(8000).fill(0.3), options).length).toBe(8000);
  });
});
