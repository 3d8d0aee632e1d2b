import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultFeatureConfig, windowsOf } from '@undertone/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeSyntheticCremaD } from '../../../test/support/synthetic-corpus.ts';
import { emotionLabels } from '../data/clip.ts';
import { loadCorpus } from '../data/corpus.ts';
import { type CachedVariant, FeatureCache } from '../features/feature-cache.ts';
import { FeatureFile } from '../features/feature-file.ts';
import { framesLayout, functionalsLayout } from './window-layout.ts';
import { windowRows } from './window-rows.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-rows-'));
const settings = { windowFrames: 100, hopFrames: 25, functionalsLevel: 'relative' } as const;
const layout = functionalsLayout(settings, defaultFeatureConfig);
const options = { layout, labels: emotionLabels, windowsPerClip: 2, mostRows: 1000, seed: 1 };
let variants: readonly CachedVariant[];

beforeAll(async () => {
  writeSyntheticCremaD(root, 2);
  const { clips } = await loadCorpus(root);
  const cache = new FeatureCache({
    folder: join(root, 'cache'),
    features: defaultFeatureConfig,
    seed: 1,
    threads: 0,
  });
  variants = await cache.clips('all', clips, [{ name: 'clean' }, { name: 'tel', telephone: 'full' }], clips);
});
afterAll(() => rmSync(root, { recursive: true }));

describe('windowRows', () => {
  it('are windows as a stream would cut them, the fullest of each clip among them', async () => {
    const rows = await windowRows([variants], options);
    expect(rows.labels).toHaveLength(2 * 12 * 2);
    expect(new Set(rows.speakers).size).toBe(2);
    // Both variants of a clip are one clip.
    expect(new Set(rows.clips).size).toBe(12);
    const file = new FeatureFile(variants[0]!.path, variants[0]!.key);
    for (let i = 0; i < file.count; i++) {
      const cut = windowsOf(layout, file.read(i).raw);
      const own = Array.from({ length: 2 }, (_, n) => {
        const row = 2 * i + n;
        expect(emotionLabels[rows.labels[row]!]).toBe(file.clip(i).label);
        return rows.values.subarray(row * rows.size, (row + 1) * rows.size).join();
      });
      const all = Array.from({ length: cut.count }, (_, n) =>
        cut.windows.subarray(n * rows.size, (n + 1) * rows.size).join(),
      );
      const fullest = cut.speechShare.indexOf(Math.max(...cut.speechShare));
      expect(own[0]).toBe(all[fullest]);
      expect(all.filter((_, n) => cut.judged[n])).toContain(own[1]);
      expect(own[1]).not.toBe(own[0]);
    }
    file.close();
  });

  it('are drawn where there are too many, and the same for the same seed', async () => {
    const few = await windowRows([variants], { ...options, mostRows: 20 });
    expect(few.labels).toHaveLength(20);
    expect(await windowRows([variants], { ...options, mostRows: 20 })).toEqual(few);
    expect(await windowRows([variants], { ...options, mostRows: 20, seed: 2 })).not.toEqual(few);
  });

  it('refuse a label that the model does not know', async () => {
    const labels = emotionLabels.filter((label) => label !== 'sad');
    await expect(windowRows([variants], { ...options, labels })).rejects.toThrow('found "sad"');
  });
});

describe('layouts', () => {
  it('refuse windows that are no whole number of hops, naming the field', () => {
    expect(() => functionalsLayout({ ...settings, hopFrames: 30 }, defaultFeatureConfig)).toThrow(
      'Field windowFrames: expected a multiple of hopFrames, 30, found 100.',
    );
    const normalisation = {} as never;
    const odd = { ...settings, windowFrames: 50 };
    expect(() => framesLayout(odd, defaultFeatureConfig, normalisation)).toThrow('a multiple of 4');
  });
});
