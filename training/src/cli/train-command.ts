/** `undertone-train CORPUS`: everything from recordings to a model folder with its card. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Command } from 'commander';
import { labelSchemeOf } from '../config/derived.ts';
import type { Experiment } from '../config/experiment.ts';
import { readExperimentFile, resolveExperimentFile } from '../config/experiment-file.ts';
import { experimentYaml } from '../config/experiment-yaml.ts';
import type { Places } from '../config/places.ts';
import { summary } from '../evaluate/manifest-metrics.ts';
import { loadCorpora, splitCorpora } from '../experiment/prepare-data.ts';
import { type ExperimentRun, runExperiment } from '../experiment/run-experiment.ts';
import { RunFolder } from '../experiment/run-folder.ts';
import { trainOnAll } from '../experiment/train-on-all.ts';
import { writeMeasuredModel } from '../experiment/write-measured-model.ts';
import { evaluationTables, headline, terminalTable } from '../report/tables.ts';
import { leakWarning, splitLine } from '../split/describe-split.ts';
import { speakersOf } from '../split/split.ts';
import { checkSplitSpeakers, readSplitFile } from '../split/split-file.ts';
import {
  collect,
  demographicsOption,
  experimentCacheOption,
  list,
  splitOption,
  testSpeakersOption,
} from './options.ts';
import { exitStopped, type Output } from './output.ts';

export interface TrainOptions {
  readonly out?: string;
  readonly run?: string;
  readonly config?: string;
  readonly epochs?: string;
  readonly seed?: string;
  readonly valShare?: string;
  readonly set?: readonly string[];
  readonly valSpeakers?: readonly string[];
  readonly testSpeakers?: readonly string[];
  readonly split?: string;
  readonly demographics?: string;
  readonly cache?: string;
  readonly resume?: boolean;
  readonly final?: boolean;
  readonly json?: boolean;
  readonly printConfig?: boolean;
}

export function addTrainCommand(program: Command, output: Output): void {
  program
    .command('train', { isDefault: true })
    .description('from recordings to a model: loads, splits by speaker, trains, measures, exports')
    .argument(
      '[corpus...]',
      'corpus folder (CREMA-D, RAVDESS, EmoDB, TESS, IEMOCAP) or a CSV manifest (path, speaker, label, start, end, sex)',
    )
    .option('--config <file>', 'YAML or JSON file with fields of the experiment, which flags override')
    .option('--out <folder>', 'model folder to write')
    .option('--run <folder>', 'where the run is kept (default: runs/<corpus>)')
    .option('--resume', 'go on with the run where it was stopped')
    .option('--set <name=value>', 'one field of the experiment; see the command "fields"', collect)
    .option('--epochs <n>', 'how often the training clips are gone through')
    .option('--seed <n>', 'seed of everything random')
    .option('--val-share <share>', 'share of the speakers held out for validation')
    .option('--val-speakers <names>', 'the speakers held out, separated by commas', list)
    .addOption(testSpeakersOption())
    .addOption(splitOption())
    .option('--final', 'afterwards train on all speakers and export that model')
    .option('--print-config', 'print the resolved configuration (YAML; JSON with --json) and do nothing')
    .option('--json', 'print the measurements as one line of JSON')
    .addOption(experimentCacheOption())
    .addOption(demographicsOption())
    .action(async (corpora: string[], options: TrainOptions) => {
      if (!(await trainCommand(corpora, options, output))) process.exitCode = exitStopped;
    });
}

/** @returns false when the signal stopped it */
export async function trainCommand(
  corpusPaths: readonly string[],
  options: TrainOptions,
  { print, progress, signal }: Output,
): Promise<boolean> {
  const { experiment, places, folder } = configure(corpusPaths, options);
  if (options.printConfig) {
    const values = { ...places, ...experiment };
    print(options.json ? JSON.stringify(values) : experimentYaml(values).trimEnd());
    return true;
  }
  const out = needed(places.out, 'a model folder to write, --out or the field out');
  if (places.corpora.length === 0) needed(null, 'a corpus, as an argument or in the field corpora');
  const resume = options.resume ?? false;
  const corpora = await loadCorpora(places.corpora, places.demographics ?? undefined, {
    labels: labelSchemeOf(experiment),
    votesPath: places.votes ?? undefined,
  });
  if (options.split !== undefined) {
    const speakers = speakersOf(corpora.flatMap((corpus) => corpus.clips));
    checkSplitSpeakers(options.split, readSplitFile(options.split), speakers);
  }
  const stored = resume ? folder.readRecord()?.validationSpeakers : undefined;
  const validation = places.validationSpeakers.length > 0 ? places.validationSpeakers : stored;
  const split = splitCorpora(corpora, experiment, validation, places.testSpeakers);
  progress.note(splitLine(split));
  const warning = leakWarning(split);
  if (warning !== null) progress.note(warning);
  if (experiment.splitBy === 'speaker' && speakersOf(split.validation).length === 1) {
    progress.note('One validation speaker: scores will have intervals without width; hold out more.');
  }
  // A folder that cannot be made is better known before hours than after.
  const parent = dirname(resolve(out));
  mkdirSync(parent, { recursive: true });
  accessSync(parent, constants.W_OK);
  const run: ExperimentRun = {
    corpora,
    split,
    folder: folder.path,
    cache: resolve(places.cache ?? '.cache/features'),
    resume,
    signal,
    progress,
    // A drawn test is kept by name, so that what is read of the run later keeps away from the same speakers.
    places: experiment.splitBy === 'random' ? places : { ...places, testSpeakers: speakersOf(split.test) },
  };
  const measured = await runExperiment(experiment, run);
  if (!measured) return false;
  const evaluation = measured.evaluation!;
  let trained: Pick<typeof measured, 'model' | 'parameters'> = measured;
  if (options.final) {
    const final = await trainOnAll(experiment, run, [...split.train, ...split.validation], evaluation);
    if (!final) return false;
    trained = final;
  }
  await writeMeasuredModel(resolve(out), trained.model, trained.parameters, evaluation);
  progress.note(headline(evaluation));
  print(
    options.json
      ? JSON.stringify({ model: out, run: folder.path, ...summary(evaluation) })
      : evaluationTables(evaluation).map(terminalTable).join('\n\n'),
  );
  return true;
}

/** The options that say what a run is. */
export type ConfigureOptions = {
  readonly [K in keyof Omit<TrainOptions, 'final' | 'json' | 'printConfig'>]: TrainOptions[K] | undefined;
};

interface Configured {
  readonly experiment: Experiment;
  readonly places: Places;
  readonly folder: RunFolder;
}

/** Defaults, then what the resumed run was started with, then the file, then flags. */
export function configure(corpusPaths: readonly string[], options: ConfigureOptions): Configured {
  const file = options.config === undefined ? {} : readExperimentFile(options.config);
  const flags = flagsOf(corpusPaths, options);
  const { places } = resolveExperimentFile(file, flags);
  const name = places.corpora.map((path) => basename(path).toLowerCase()).join('+');
  const folder = new RunFolder(resolve(places.run ?? join('runs', name)));
  const stored = options.resume ? folder.readRecord()?.experiment : undefined;
  return {
    ...resolveExperimentFile((stored ?? {}) as Readonly<Record<string, unknown>>, file, flags),
    folder,
  };
}

function flagsOf(corpusPaths: readonly string[], options: ConfigureOptions): Record<string, unknown> {
  const flags: Record<string, unknown> = {};
  if (options.split !== undefined) {
    const { validation, test } = readSplitFile(options.split);
    Object.assign(flags, { validationSpeakers: validation, testSpeakers: test });
  }
  Object.assign(flags, fieldFlags(options.set));
  if (corpusPaths.length > 0) flags.corpora = corpusPaths;
  const named = {
    out: options.out,
    run: options.run,
    epochs: options.epochs,
    seed: options.seed,
    valShare: options.valShare,
    validationSpeakers: options.valSpeakers,
    testSpeakers: options.testSpeakers,
    demographics: options.demographics,
    cache: options.cache,
  };
  for (const [field, value] of Object.entries(named)) if (value !== undefined) flags[field] = value;
  return flags;
}

/**
 * Fields given as `--set name=value`.
 * @throws UndertoneError `bad_config`
 */
export function fieldFlags(entries: readonly string[] = []): Record<string, unknown> {
  const flags: Record<string, unknown> = {};
  for (const entry of entries) {
    const at = entry.indexOf('=');
    if (at < 1) throw new UndertoneError('bad_config', `Expected --set name=value, found ${entry}.`);
    flags[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return flags;
}

function needed<T>(value: T | null, expected: string): T {
  if (value === null) throw new UndertoneError('bad_config', `Expected ${expected}; found none.`);
  return value;
}
