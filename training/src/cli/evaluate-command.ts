/** `undertone-train evaluate MODEL CORPUS`: measures a model folder on a corpus. */
import { resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { evaluateModel } from '../evaluate/evaluation.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { evaluationVariants } from '../preprocess/variant.ts';
import { evaluationTables, headline, terminalTable } from '../report/tables.ts';
import { namedSpeakers } from '../split/split.ts';
import { loadCorpora, openCache } from './prepare-data.ts';
import type { Output } from './train-command.ts';

export interface EvaluateOptions {
  readonly speakers?: readonly string[];
  readonly demographics?: string;
  readonly cache: string;
  readonly seed: string;
  readonly threads: string;
  readonly json?: boolean;
}

export async function evaluateCommand(
  modelFolder: string,
  corpusPaths: readonly string[],
  options: EvaluateOptions,
  { print, progress, signal }: Output,
): Promise<void> {
  const seed = wholeNumber('--seed', options.seed);
  const threads = wholeNumber('--threads', options.threads);
  const model = await openModelFolder(modelFolder);
  try {
    const corpora = await loadCorpora(corpusPaths, options.demographics);
    const all = corpora.flatMap((corpus) => corpus.clips);
    const wanted = options.speakers && namedSpeakers(all, options.speakers);
    const clips = wanted ? all.filter((clip) => wanted.has(clip.speaker)) : all;
    const cache = openCache(resolve(options.cache), { seed, threads }, progress, signal);
    const variants = await cache.clips('evaluation', clips, evaluationVariants, all);
    const evaluation = await evaluateModel(model, variants, seed);
    progress.note(headline(evaluation));
    print(
      options.json
        ? JSON.stringify(evaluation)
        : evaluationTables(evaluation).map(terminalTable).join('\n\n'),
    );
  } finally {
    await model.close();
  }
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new UndertoneError('bad_config', `${flag}: expected a whole number from 0, found ${text}.`);
  }
  return value;
}
