/** `undertone-train evaluate MODEL CORPUS`: measures a model folder on a corpus. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { evaluateModel } from '../evaluate/evaluation.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { evaluationVariants } from '../preprocess/variant.ts';
import { evaluationTables, headline, terminalTable } from '../report/tables.ts';
import { namedSpeakers } from '../split/split.ts';
import { cacheOption, demographicsOption, list, wholeNumber } from './options.ts';
import type { Output } from './output.ts';
import { loadCorpora, openCache } from './prepare-data.ts';

export interface EvaluateOptions {
  readonly speakers?: readonly string[];
  readonly demographics?: string;
  readonly cache: string;
  readonly seed: string;
  readonly threads: string;
  readonly json?: boolean;
}

export function addEvaluateCommand(program: Command, output: Output): void {
  program
    .command('evaluate')
    .description('measures a model on a corpus: classes, conditions, seconds heard, sex, calibration')
    .argument('<model>', 'model folder')
    .argument('<corpus...>')
    .option('--speakers <names>', 'only these, separated by commas', list)
    .option('--seed <n>', 'seed of noise and intervals', '1')
    .option('--threads <n>', 'threads for features', '2')
    .option('--json', 'print everything as one line of JSON')
    .addOption(demographicsOption())
    .addOption(cacheOption())
    .action((model: string, corpora: string[], options: EvaluateOptions) =>
      evaluateCommand(model, corpora, options, output),
    );
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
