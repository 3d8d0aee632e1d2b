import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultFeatureConfig, defaultFunctionalsConfig, FeatureKernel, FrontEnd } from '@undertone/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import wavefile from 'wavefile';
import { writeSyntheticCremaD, writeWav } from '../../../test/support/synthetic-corpus.ts';
import { readAudioFile } from '../data/audio-file.ts';
import type { Clip } from '../data/clip.ts';
import { loadCorpus } from '../data/corpus.ts';
import { type CachedVariant, FeatureCache, type FeatureCacheOptions } from './feature-cache.ts';
import { FeatureFile } from './feature-file.ts';
import { measureNormalisation } from './normalisation-prior.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-cache-'));
const clean = [{ name: 'clean' }];
let clips: readonly Clip[] = [];
let folder = '';
let warnings: string[] = [];

beforeAll(async () => {
  writeSyntheticCremaD(join(root, 'corpus'), 2);
  clips = (await loadCorpus(join(root, 'corpus'))).clips;
});
beforeEach(() => {
  folder = mkdtempSync(join(root, 'features-'));
  warnings = [];
});
afterAll(() => rmSync(root, { recursive: true }));

function cache(options: Partial<FeatureCacheOptions> = {}): FeatureCache {
  return new FeatureCache({
    folder,
    features: defaultFeatureConfig,
    seed: 1,
    threads: 0,
    onWarning: (message) => warnings.push(message),
    ...options,
  });
}

describe('FeatureCache', () => {
  it('holds what the front end gives for each clip', async () => {
    const [file] = await cache().clips('train', clips, clean, []);
    const features = new FeatureFile(file!.path, file!.key);
    expect(features.count).toBe(12);
    const { raw, frames, speech, levels } = features.read(7);
    const direct = new FrontEnd(new FeatureKernel(defaultFeatureConfig)).accept(
      (await readAudioFile(clips[7]!.path)).samples,
    );
    expect(Buffer.from(raw.slice().buffer).equals(Buffer.from(direct.slice().buffer))).toBe(true);
    expect(frames * features.rawSize).toBe(direct.length);
    expect(features.clip(7)).toMatchObject({
      speaker: 'crema-d/1002',
      label: 'disgust',
      sex: 'female',
      frames,
    });
    expect(speech.length).toBe(frames);
    expect(speech.includes(1) && speech.includes(0)).toBe(true);
    // The 10th percentile of the first band lies among its lowest values.
    const band = Array.from({ length: frames }, (_, t) => raw[t * 66]!).sort((a, b) => a - b);
    expect(levels[0]).toBe(band[Math.floor(0.1 * (frames - 1))]);
    features.close();
  });

  it('is read, not computed, the second time', async () => {
    const [first] = await cache().clips('train', clips, clean, []);
    const before = statSync(first!.path);
    const [second] = await cache().clips('train', clips, clean, []);
    expect(second).toEqual(first);
    expect(statSync(first!.path).ino).toBe(before.ino);
    expect(warnings).toEqual([]);
  });

  it('makes a new file when features, clips, a clip, a variant or the seed of noise change', async () => {
    const keys = new Set<string>();
    const add = async (made: Promise<readonly { key: string }[]>): Promise<void> => {
      for (const { key } of await made) keys.add(key);
    };
    const noise = { name: 'noise', noise: { kinds: ['white'], lowDb: 10, highDb: 10 } } as const;
    const few = clips.slice(0, 3);
    await add(cache().clips('train', few, clean, []));
    await add(cache().clips('train', few.slice(1), clean, []));
    const logMel = { ...defaultFeatureConfig.logMel, highHz: 7000 };
    await add(cache({ features: { ...defaultFeatureConfig, logMel } }).clips('train', few, clean, []));
    await add(cache().clips('train', few, [noise], []));
    await add(cache({ seed: 2 }).clips('train', few, [noise], []));
    await add(cache().clips('train', few, [{ name: 'clean', speed: 1.1 }], []));
    utimesSync(few[0]!.path, 1e9, 1e9);
    await add(cache().clips('train', few, clean, []));
    expect(keys.size).toBe(7);
  });

  it('makes a file again whose bytes changed, that was cut off, or that is another file', async () => {
    const few = clips.slice(0, 3);
    const [file] = await cache().clips('train', few, clean, []);
    const whole = readFileSync(file!.path);
    const damage: (() => void)[] = [
      () => {
        const bytes = Buffer.from(whole);
        bytes[1000]! ^= 1;
        writeFileSync(file!.path, bytes);
      },
      () => truncateSync(file!.path, whole.length - 10),
      () => writeFileSync(file!.path, 'something else'),
      () => writeFileSync(file!.path, ''),
    ];
    for (const [i, break_] of damage.entries()) {
      break_();
      await cache().clips('train', few, clean, []);
      expect(readFileSync(file!.path).equals(whole)).toBe(true);
      expect(warnings).toHaveLength(i + 1);
      expect(warnings[i]).toContain('Made again');
    }
  });

  it('leaves out a silent clip and one of no length, and names them', async () => {
    const silent = join(root, 'silent.wav');
    const empty = join(root, 'empty.wav');
    writeWav(silent, new Float32Array(16000));
    writeWav(empty, new Float32Array(0));
    for (const [path, reason] of [
      [silent, 'found silence'],
      [empty, 'found no samples'],
    ]) {
      warnings.length = 0;
      await cache().clips('train', [...clips, { ...clips[0]!, path: path! }], clean, []);
      expect(warnings).toEqual([expect.stringContaining(`Left out: ${path}: expected`)]);
      expect(warnings[0]).toContain(reason);
    }
  });

  it('leaves out one bad clip and says so; refuses a corpus of them', async () => {
    const broken = join(root, 'broken.wav');
    writeFileSync(broken, 'RIFF');
    const withOne = [...clips, { ...clips[0]!, path: broken }];
    const [file] = await cache().clips('train', withOne, clean, []);
    expect(new FeatureFile(file!.path, file!.key).count).toBe(12);
    expect(warnings[0]).toContain(`Left out: ${broken}`);
    warnings.length = 0;
    await cache().clips('train', withOne, clean, []);
    expect(warnings).toEqual([expect.stringContaining(`Left out: ${broken}`)]);
    const withTwo = [...withOne, { ...clips[1]!, path: broken }];
    await expect(cache().clips('train', withTwo, clean, [])).rejects.toMatchObject({ code: 'bad_corpus' });
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('leaves out a clip of integers in a floating-point file, and names it', async () => {
    const path = join(root, 'huge.wav');
    const wav = new wavefile.WaveFile();
    wav.fromScratch(
      1,
      16000,
      '32f',
      new Float32Array(16000).map((_, n) => 9000 * Math.sin(n)),
    );
    writeFileSync(path, wav.toBuffer());
    const [file] = await cache().clips('train', [...clips, { ...clips[0]!, path }], clean, []);
    expect(new FeatureFile(file!.path, file!.key).count).toBe(12);
    expect(warnings[0]).toContain(`${path}: expected samples in [-1, 1]`);
  });

  it('goes on where it was stopped, with the same bytes as if it had not been', async () => {
    const variants = [
      { name: 'clean' },
      { name: 'noise', noise: { kinds: ['pink'], lowDb: 5, highDb: 15 } },
    ] as const;
    const broken = join(root, 'broken-again.wav');
    writeFileSync(broken, 'RIFF');
    const some = [clips[0]!, { ...clips[1]!, path: broken }, ...clips.slice(2)];
    const whole = (await cache().clips('train', some, variants, [])).map(({ path }) => readFileSync(path));
    rmSync(folder, { recursive: true });
    const stop = new AbortController();
    const onProgress = (done: number): void => {
      if (done === 9) stop.abort();
    };
    const stopped = cache({ signal: stop.signal, onProgress }).clips('train', some, variants, []);
    await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
    expect(warnings.at(-1)).toContain('Kept the features of 7 clips');
    const steps: number[] = [];
    const files = await cache({ onProgress: (done) => steps.push(done) }).clips('train', some, variants, []);
    expect(steps).toEqual([9, 10, 11, 12]);
    for (const [i, { path }] of files.entries()) expect(readFileSync(path).equals(whole[i]!)).toBe(true);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('begins anew when what was kept is damaged', async () => {
    const stop = new AbortController();
    const onProgress = (done: number): void => {
      if (done === 9) stop.abort();
    };
    await cache({ signal: stop.signal, onProgress })
      .clips('train', clips, clean, [])
      .catch(() => {});
    const [kept] = readdirSync(folder);
    const bytes = readFileSync(join(folder, kept!));
    bytes[500]! ^= 1;
    writeFileSync(join(folder, kept!), bytes);
    const [file] = await cache().clips('train', clips, clean, []);
    expect(new FeatureFile(file!.path, file!.key).count).toBe(12);
    new FeatureFile(file!.path, file!.key).verify();
  });

  it('computes raw frames once for configurations that differ in functionals alone', async () => {
    const [plain] = await cache().clips('train', clips.slice(0, 2), clean, []);
    const features = { ...defaultFeatureConfig, functionals: defaultFunctionalsConfig };
    const [withFunctionals] = await cache({ features }).clips('train', clips.slice(0, 2), clean, []);
    expect(withFunctionals).toEqual(plain);
  });

  it('stops when told to and leaves nothing behind', async () => {
    const stop = new AbortController();
    const stopping = cache({ signal: stop.signal, onProgress: () => stop.abort() });
    await expect(stopping.clips('train', clips, clean, [])).rejects.toMatchObject({ code: 'aborted' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('makes the same features whatever is computed with them', async () => {
    const variants = [
      { name: 'clean' },
      { name: 'noise', noise: { kinds: ['pink', 'babble'], lowDb: 5, highDb: 25 } },
    ] as const;
    const [, together] = await cache().clips('train', clips, variants, clips);
    const bytes = readFileSync(together!.path);
    rmSync(together!.path);
    await cache().clips('train', clips, variants.slice(1), clips);
    expect(readFileSync(together!.path).equals(bytes)).toBe(true);
  });
});

describe('measureNormalisation', () => {
  it('is the mean over all frames of all files', async () => {
    const [a] = await cache().clips('a', clips.slice(0, 2), clean, []);
    const [b] = await cache().clips('b', clips.slice(2, 3), clean, []);
    const settings = { priorFrames: 100, maxFrames: 3000, scale: 4, priorVoicedFrames: 50 };
    const prior = measureNormalisation([a!, b!], defaultFeatureConfig, settings);
    const kernel = new FeatureKernel(defaultFeatureConfig);
    let sum = 0;
    let frames = 0;
    for (const clip of clips.slice(0, 3)) {
      const raw = new FrontEnd(kernel).accept((await readAudioFile(clip.path)).samples);
      for (let at = 5; at < raw.length; at += 66, frames++) sum += raw[at]!;
    }
    expect(prior.priorMean[5]).toBeCloseTo(sum / frames, 4);
    expect(prior.priorMean).toHaveLength(64);
    // The voices have 111, 151 and 191 Hz.
    expect(2 ** prior.priorLogF0).toBeGreaterThan(120);
    expect(2 ** prior.priorLogF0).toBeLessThan(180);
  });

  it('with causal-level is relative to the level of the speech, over a floor that moves with floorDb', async () => {
    const [file] = await cache().clips('a', clips.slice(0, 3), clean, []);
    const settings = { normalisation: 'causal-level', leadDb: 25, levelVoicedFrames: 3 } as const;
    const rest = { priorFrames: 100, maxFrames: 3000, scale: 4, priorVoicedFrames: 50 };
    const measure = (files: CachedVariant, floorDb: number) =>
      measureNormalisation([files], defaultFeatureConfig, { ...settings, ...rest, floorDb });
    const low = measure(file!, 0);
    const high = measure(file!, 10);
    const mean = measureNormalisation([file!], defaultFeatureConfig, rest);
    expect(mean.kind).toBe('causal-mean');
    expect(low.kind).toBe('causal-level');
    // The voices' level is a few nepers over the mean of their frames, silence included.
    expect(Math.max(...low.priorMean)).toBeLessThan(0);
    expect(low.level!.lead).toBeCloseTo(2.5 * Math.LN10, 4);
    for (let b = 0; b < 64; b++) {
      expect(high.level!.floor[b]! - low.level!.floor[b]!).toBeCloseTo(Math.LN10, 4);
      expect(high.priorMean[b]).toBeGreaterThan(low.priorMean[b]!);
      expect(low.priorMean[b]).toBeGreaterThan(low.level!.floor[b]!);
    }
  });
});
