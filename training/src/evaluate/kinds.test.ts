import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge, type ModelRuntime } from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { speech } from '../../../test/support/speech.ts';
import { writeWav } from '../../../test/support/synthetic-corpus.ts';
import { writeForestModel, writeLinearModel, writeSvmModel } from '../../../test/support/window-models.ts';
import type { Clip } from '../data/clip.ts';
import { verifyModel } from '../export/verify-model.ts';
import { type CachedVariant, FeatureCache } from '../features/feature-cache.ts';
import { type Prediction, predictFiles } from '../predict/predict-files.ts';
import { evaluateModel } from './evaluation.ts';
import { openModelFolder } from './model-folder.ts';
import { runModel } from './run-model.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-kinds-'));
const clips: Clip[] = [
  { path: join(root, 'a.wav'), speaker: 't/a', label: 'angry', corpus: 't' },
  { path: join(root, 'b.wav'), speaker: 't/b', label: 'happy', corpus: 't' },
  { path: join(root, 'c.wav'), speaker: 't/b', label: 'neutral', corpus: 't' },
];

beforeAll(() => {
  const sounds = [
    speech('speech_angry_f'),
    speech('speech_happy_f', 'speech_calm_m'),
    speech('speech_calm_m'),
  ];
  for (const [i, pcm] of sounds.entries())
    writeWav(
      clips[i]!.path,
      Float32Array.from(pcm, (x) => x / 32768),
    );
});
afterAll(() => rmSync(root, { recursive: true }));

async function features(model: ModelRuntime): Promise<CachedVariant[]> {
  const cache = new FeatureCache({
    folder: join(root, 'cache'),
    features: model.manifest.features,
    seed: 1,
    threads: 0,
  });
  return cache.clips('all', clips, [{ name: 'clean' }, { name: 'gain-12dB', gainDb: -12 }], []);
}

describe.each([
  ['frames', writeLinearModel],
  ['an SVM over functionals', writeSvmModel],
  ['a forest over functionals', writeForestModel],
] as const)('a model of %s', (name, write) => {
  const folder = join(root, name.replaceAll(' ', '-'));
  let model: ModelRuntime;
  beforeAll(async () => {
    await write(folder, { name: 'windows' });
    model = await openModelFolder(folder);
  });
  afterAll(() => model.close());

  it('is verified in both runtimes', async () => {
    const { ok, runtimes } = await verifyModel(folder);
    expect(runtimes.map(({ problem }) => problem)).toEqual([undefined, undefined]);
    expect(ok).toBe(true);
  });

  it('is evaluated from cached features as it answers a stream', async () => {
    const [clean] = await features(model);
    const { clips: judged } = await runModel(model, clean!);
    const predictions = new Map<string, Prediction>();
    await predictFiles(model, clips, (result) => {
      if ('error' in result) throw result.error;
      predictions.set(result.file.path, result.prediction);
    });
    for (const clip of clips) {
      const { logits } = judged.find(({ id }) => clip.path.endsWith(id.split('/').at(-1)!))!;
      const { scores } = judge(model.manifest, logits, 1000);
      const predicted = predictions.get(clip.path)!;
      for (const [label, score] of Object.entries(predicted.scores)) {
        expect(scores[label]).toBeCloseTo(score, 4);
      }
      expect(predicted.segments.length).toBeGreaterThan(0);
    }
  });

  it('gets every measurement', async () => {
    const evaluation = await evaluateModel(model, await features(model), 1);
    expect(evaluation.wideband.clips).toBe(3);
    expect(evaluation.byCondition.map((condition) => condition.name)).toEqual(['clean', 'gain-12dB']);
    expect(evaluation.speechAuc.clean).toBeGreaterThan(0.8);
    expect(evaluation.nonSpeech.find(({ kind }) => kind === 'silence')!.labelled).toBe(0);
  });
});
