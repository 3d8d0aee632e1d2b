/** Finds out which layout a corpus has and loads it. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { type Corpus, emotionLabels } from './clip.ts';
import { isCremaDName, loadCremaD } from './crema-d.ts';
import { loadCsvManifest } from './csv-manifest.ts';
import { existingFile, listNames } from './folder.ts';
import { loadRavdess } from './ravdess.ts';

export interface CorpusOptions {
  /** Actor table of CREMA-D, if it is not in the corpus folder. */
  readonly demographicsPath?: string | undefined;
}

/**
 * Loads a CREMA-D folder, a RAVDESS folder, a CSV manifest or a folder with a `manifest.csv`.
 * @throws UndertoneError `file_not_found`, `bad_corpus`
 */
export async function loadCorpus(path: string, options: CorpusOptions = {}): Promise<Corpus> {
  const corpus = await recognise(path, options);
  const unknown = corpus.clips.find((clip) => !emotionLabels.includes(clip.label));
  if (unknown) {
    throw new UndertoneError(
      'bad_corpus',
      `${unknown.path}: expected a label of ${emotionLabels.join(', ')}; found "${unknown.label}".`,
    );
  }
  return corpus;
}

async function recognise(path: string, options: CorpusOptions): Promise<Corpus> {
  let isFile: boolean;
  try {
    isFile = (await stat(path)).isFile();
  } catch (cause) {
    throw new UndertoneError('file_not_found', `There is no corpus at ${path}.`, { cause });
  }
  if (isFile) return loadCsvManifest(path);
  const manifest = await existingFile(join(path, 'manifest.csv'));
  if (manifest) return loadCsvManifest(manifest);
  const names = (await listNames(path)) ?? [];
  if (names.includes('AudioWAV') || names.some(isCremaDName)) {
    return loadCremaD(path, options.demographicsPath);
  }
  if (names.some((name) => /^Actor_\d{2}$/.test(name))) return loadRavdess(path);
  throw new UndertoneError(
    'bad_corpus',
    `Expected CREMA-D (AudioWAV), RAVDESS (Actor_01 ...) or a manifest.csv in ${path}; found ${names.slice(0, 5).join(', ') || 'nothing'}.`,
  );
}
