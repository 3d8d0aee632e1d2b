import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { syntheticVoice, writeWav } from '../../../test/support/synthetic-corpus.ts';
import { resolveExperiment } from '../config/experiment.ts';
import { loadCorpora, openCache } from '../experiment/prepare-data.ts';
import { FeatureFile } from './feature-file.ts';
import { clipId } from './feature-key.ts';

const root = mkdtempSync(join(tmpdir(), 'undertone-names-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Takes of one speaker, in folders of their days, where each day begins with `1.wav` again. */
function writeTakes(folder: string): string {
  const rows = ['path,speaker,label'];
  for (const [i, path] of ['monday/1.wav', 'tuesday/1.wav', 'tuesday/2.wav'].entries()) {
    writeWav(join(folder, path), syntheticVoice(120 + 60 * i, 0.6, i));
    rows.push(`${path},ann,${i === 0 ? 'sad' : 'happy'}`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'takes.csv'), rows.join('\n'));
  return join(folder, 'takes.csv');
}

describe('two recordings of one speaker with the same file name', () => {
  it('are told apart by their folders, the same wherever the corpus lies', async () => {
    const ids: string[][] = [];
    for (const place of ['here', 'there']) {
      const [corpus] = await loadCorpora([writeTakes(join(root, place))], undefined);
      ids.push(corpus!.clips.map(clipId));
    }
    expect(ids[0]).toEqual(['takes/ann/monday/1.wav', 'takes/ann/tuesday/1.wav', 'takes/ann/2.wav']);
    expect(ids[1]).toEqual(ids[0]);
    // A folder with a manifest.csv, too.
    const file = writeTakes(join(root, 'folder'));
    writeFileSync(
      join(dirname(file), 'manifest.csv'),
      'path,speaker,label\nmonday/1.wav,a,sad\ntuesday/1.wav,a,sad\n',
    );
    const [corpus] = await loadCorpora([dirname(file)], undefined);
    expect(corpus!.clips.map(clipId)).toEqual(['manifest/a/monday/1.wav', 'manifest/a/tuesday/1.wav']);
  });

  it('are heard in noise of their own', async () => {
    const [corpus] = await loadCorpora([writeTakes(join(root, 'noise'))], undefined);
    const experiment = resolveExperiment({ threads: 0 });
    const progress = { update: () => {}, note: () => {} };
    const cache = openCache(join(root, 'cache'), experiment, progress, new AbortController().signal);
    const noise = { kinds: ['white'], lowDb: -20, highDb: 20 } as const;
    const [made] = await cache.clips('takes', corpus!.clips, [{ name: 'noise', noise }], []);
    const file = new FeatureFile(made!.path, made!.key);
    expect(new Set([0, 1, 2].map((i) => file.clip(i).id)).size).toBe(3);
    file.close();
  });
});
