/** `undertone-train evaluate MODEL CORPUS`: measures a model folder on a corpus. */
import { resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { type Command, Option } from 'commander';
import { type Evaluation, evaluateModel } from '../evaluate/evaluation.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { scoreSpeechReference } from '../evaluate/speech-reference.ts';
import { loadCorpora, openCache } from '../experiment/prepare-data.ts';
import { evaluationVariants, type VariantSpec } from '../preprocess/variant.ts';
import { evaluationTables, headline, terminalTable } from '../report/tables.ts';
import { writeResult } from '../report/write-result.ts';
import { namedSpeakers } from '../split/split.ts';
import {
  cacheOption,
  demographicsOption,
  labelMapOption,
  labelSchemeOfModel,
  list,
  wholeNumber,
} from './options.ts';
import type { Output } from './output.ts';

export interface EvaluateOptions {
  readonly speakers?: readonly string[];
  readonly labelMap?: readonly string[];
  readonly demographics?: string;
  readonly cache: string;
  readonly seed: string;
  readonly threads: string;
  readonly conditions?: readonly string[];
  readonly speechReference?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export function addEvaluateCommand(program: Command, output: Output): void {
  program
    .command('evaluate')
    .description(
      'measures a model on a corpus: classes, conditions, seconds heard, sex, calibration, abstention, speech detection',
    )
    .argument('<model>', 'model folder')
    .argument('<corpus...>', 'corpus folders and CSV manifests')
    .option('--speakers <names>', 'only these, separated by commas', list)
    .addOption(
      new Option(
        '--conditions <names>',
        `only these, beside "clean": ${evaluationVariants.map(({ name }) => name).join(', ')}`,
      ).argParser(list),
    )
    .option(
      '--speech-reference <folder>',
      "another detector's probabilities (NAME.silero.csv, with NAME.wav beside it or in ../wav)",
    )
    .option('--out <file>', 'also write everything to a JSON file, which the command "report" reads')
    .option('--seed <n>', 'seed of noise and intervals', '1')
    .option('--threads <n>', 'threads for features', '2')
    .option('--json', 'print everything as one line of JSON')
    .addOption(labelMapOption())
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
  const conditions = conditionsNamed(options.conditions);
  const model = await openModelFolder(modelFolder);
  try {
    const reference =
      options.speechReference === undefined
        ? null
        : await scoreSpeechReference(model, options.speechReference);
    const corpora = await loadCorpora(corpusPaths, options.demographics, {
      labels: labelSchemeOfModel(model.manifest.labels, options.labelMap),
    });
    const all = corpora.flatMap((corpus) => corpus.clips);
    const wanted = options.speakers && namedSpeakers(all, options.speakers);
    const clips = wanted ? all.filter((clip) => wanted.has(clip.speaker)) : all;
    const cache = openCache(
      resolve(options.cache),
      { seed, threads, features: model.manifest.features },
      progress,
      signal,
    );
    const variants = await cache.clips('evaluation', clips, conditions, all);
    const evaluation: Evaluation = {
      ...(await evaluateModel(model, variants, seed, 'manifest', {
        signal,
        onProgress: (done, total, condition) => progress.update('conditions', done, total, condition),
      })),
      ...(reference && { speechReference: reference }),
    };
    if (options.out) await writeResult(resolve(options.out), `${JSON.stringify(evaluation)}\n`);
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

/** @throws UndertoneError `bad_config` */
function conditionsNamed(names: readonly string[] | undefined): readonly VariantSpec[] {
  if (!names) return evaluationVariants;
  const known = evaluationVariants.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UndertoneError(
      'bad_config',
      `--conditions: expected some of ${known.join(', ')}; found "${unknown}".`,
    );
  }
  return evaluationVariants.filter(({ name }) => name === 'clean' || names.includes(name));
}
