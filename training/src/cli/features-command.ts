/** `undertone-train features CORPUS...`: the features of clips as a table, and how they are distributed. */
import { resolve } from 'node:path';
import { defaultFunctionalsConfig, type FeatureConfig, UndertoneError } from '@undertone/core';
import type { Command } from 'commander';
import { labelSchemeOf } from '../config/derived.ts';
import { readExperimentFile, resolveExperimentFile } from '../config/experiment-file.ts';
import { featuresOf } from '../config/fields-of-preprocessing.ts';
import { loadCorpora, openCache, splitCorpora } from '../experiment/prepare-data.ts';
import { exportFeatures } from '../feature-table/export-features.ts';
import { evaluationVariants } from '../preprocess/variant.ts';
import { cacheOption, collect, demographicsOption } from './options.ts';
import type { Output } from './output.ts';
import { fieldFlags } from './train-command.ts';

export interface FeaturesOptions {
  readonly out?: string;
  readonly html?: string;
  readonly frames?: boolean;
  readonly show?: string;
  readonly condition?: string;
  readonly config?: string;
  readonly set?: readonly string[];
  readonly demographics?: string;
  readonly cache?: string;
  readonly json?: boolean;
}

export function addFeaturesCommand(program: Command, output: Output): void {
  program
    .command('features')
    .description('writes the features of clips as a table, and shows how they are distributed by class')
    .argument('[corpus...]', 'corpus folders and CSV manifests')
    .option(
      '--out <file>',
      'the table: *.parquet or *.csv; columns clip, corpus, speaker, sex, label, split, features',
    )
    .option('--functionals', 'one row for each clip: statistics of its descriptors (the default)')
    .option('--frames', 'one row for each frame of 10 ms: its descriptors, F0 and log-mel bands')
    .option('--html <file>', 'a page with the distributions of features by class')
    .option('--show <names>', 'features on that page, separated by commas (default: the most telling ones)')
    .option(
      '--condition <name>',
      `how the clips are heard: ${evaluationVariants.map(({ name }) => name).join(', ')}`,
      'clean',
    )
    .option(
      '--config <file>',
      'YAML or JSON file with fields of the experiment: split, labels, preprocessing',
    )
    .option('--set <name=value>', 'one field of the experiment; see the command "fields"', collect)
    .option('--json', 'print what was written as one line of JSON')
    .addOption(demographicsOption())
    .addOption(cacheOption())
    .action((corpora: string[], options: FeaturesOptions) => featuresCommand(corpora, options, output));
}

export async function featuresCommand(
  corpusPaths: readonly string[],
  options: FeaturesOptions,
  { print, progress, signal }: Output,
): Promise<void> {
  const file = options.config === undefined ? {} : readExperimentFile(options.config);
  const flags = {
    ...fieldFlags(options.set),
    ...(corpusPaths.length > 0 && { corpora: corpusPaths }),
    ...(options.demographics !== undefined && { demographics: options.demographics }),
  };
  const { experiment, places } = resolveExperimentFile(file, flags);
  if (places.corpora.length === 0 || (options.out === undefined && options.html === undefined)) {
    const what = places.corpora.length === 0 ? 'a corpus' : '--out or --html';
    throw new UndertoneError(
      'bad_config',
      `Expected ${what}; found none. See "undertone-train features --help".`,
    );
  }
  const condition = evaluationVariants.find(({ name }) => name === (options.condition ?? 'clean'));
  if (!condition) {
    const known = evaluationVariants.map(({ name }) => name).join(', ');
    throw new UndertoneError(
      'bad_config',
      `--condition: expected one of ${known}; found "${options.condition}".`,
    );
  }
  const corpora = await loadCorpora(places.corpora, places.demographics ?? undefined, {
    labels: labelSchemeOf(experiment),
    votesPath: places.votes ?? undefined,
  });
  const named = places.validationSpeakers.length > 0 ? places.validationSpeakers : undefined;
  const split = splitCorpora(corpora, experiment, named, places.testSpeakers);
  const functionals = { ...defaultFunctionalsConfig, level: experiment.functionalsLevel };
  const features: FeatureConfig = { ...featuresOf(experiment), functionals };
  const cache = openCache(
    resolve(options.cache ?? places.cache ?? '.cache/features'),
    { seed: experiment.seed, threads: experiment.threads, features },
    progress,
    signal,
  );
  const clips = corpora.flatMap((corpus) => corpus.clips);
  const [variant] = await cache.clips('features', clips, [condition], clips);
  const result = await exportFeatures({
    variant: variant!,
    features,
    rows: options.frames ? 'frames' : 'functionals',
    labels: experiment.labels,
    split,
    out: options.out === undefined ? null : resolve(options.out),
    html: options.html === undefined ? null : resolve(options.html),
    show: options.show?.split(',') ?? null,
    signal,
    onProgress: (done, total) => progress.update('rows', done, total, 'clips'),
  });
  print(
    options.json
      ? JSON.stringify(result)
      : [
          `${result.rows} rows of ${result.columns} columns${options.out ? ` in ${options.out}` : ''}`,
          ...result.ranking
            .slice(0, 10)
            .map(([name, share]) => `${(100 * share).toFixed(1).padStart(5)} %  ${name}`),
        ].join('\n'),
  );
}
