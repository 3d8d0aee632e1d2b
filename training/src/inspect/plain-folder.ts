/** Any folder with recordings as a corpus without labels, so that it can be looked at. */
import { basename, dirname, relative } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Corpus } from '../data/clip.ts';
import { type CorpusOptions, loadRawCorpus } from '../data/corpus.ts';
import { walkAudioFiles } from '../data/folder.ts';

const deepest = 6;

/**
 * The corpus in its own layout, otherwise whatever recordings lie in the folder, each sub-folder taken as a speaker.
 * @throws UndertoneError of `loadRawCorpus` where there is no recording either
 */
export async function loadForInspection(path: string, options: CorpusOptions): Promise<Corpus> {
  try {
    return await loadRawCorpus(path, options);
  } catch (error) {
    if (!(error instanceof UndertoneError) || error.code !== 'bad_corpus') throw error;
    const files = await walkAudioFiles(path, deepest);
    if (files.length === 0) throw error;
    const name = basename(path);
    const clips = files.map((file) => ({
      path: file,
      speaker: `${name}/${relative(path, dirname(file))}`,
      label: '',
      corpus: name,
    }));
    return { name, title: name, licence: 'unknown', clips };
  }
}
