/** Finds out which layout a corpus has and loads it. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Corpus } from './clip.ts';
import { isCremaDName, loadCremaD } from './crema-d.ts';
import { loadCsvManifest } from './csv-manifest.ts';
import { loadEmoDb, parseEmoDbName } from './emo-db.ts';
import { existingFile, listNames } from './folder.ts';
import { isSessionName, loadIemocap } from './iemocap.ts';
import { applyLabelScheme, defaultLabelScheme, type LabelScheme } from './label-scheme.ts';
import { loadRavdess, parseRavdessName } from './ravdess.ts';
import { holdsTess, loadTess } from './tess.ts';

export interface CorpusOptions {
  /** Actor table of CREMA-D, if it is not in the corpus folder. */
  readonly demographicsPath?: string | undefined;
  /** Raters' votes for CREMA-D, if they are not in the corpus folder. */
  readonly votesPath?: string | undefined;
  /** Classes and label map; default the six shared classes. */
  readonly labels?: LabelScheme | undefined;
}

/**
 * Loads a folder of CREMA-D, RAVDESS, EmoDB, TESS or IEMOCAP, a CSV manifest or a folder with a `manifest.csv`.
 * @throws UndertoneError `file_not_found`, `bad_corpus`, `bad_config`
 */
export async function loadCorpus(path: string, options: CorpusOptions = {}): Promise<Corpus> {
  return applyLabelScheme(await loadRawCorpus(path, options), options.labels ?? defaultLabelScheme);
}

/**
 * The corpus with its own labels.
 * @throws UndertoneError `file_not_found`, `bad_corpus`
 */
export async function loadRawCorpus(path: string, options: CorpusOptions = {}): Promise<Corpus> {
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
    return loadCremaD(path, options.demographicsPath, options.votesPath);
  }
  if (names.some((name) => /^Actor_\d{2}$/.test(name) || parseRavdessName(name))) return loadRavdess(path);
  if (names.some(isSessionName)) return loadIemocap(path);
  const inWav = (await listNames(join(path, 'wav'))) ?? [];
  if ([...names, ...inWav].some((name) => parseEmoDbName(name))) return loadEmoDb(path);
  if (await holdsTess(path)) return loadTess(path);
  const found = names.slice(0, 5).map((name) => basename(name));
  throw new UndertoneError(
    'bad_corpus',
    `Expected CREMA-D (AudioWAV), RAVDESS (Actor_01 ...), EmoDB (wav/03a01Fa.wav), TESS (OAF_angry ...), IEMOCAP (Session1 ...) or a manifest.csv in ${path}; found ${found.join(', ') || 'nothing'}.`,
  );
}
