/** `undertone-train tune`: searches over fields of an experiment. */
import { join, resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { type Command, Option } from 'commander';
import { terminalTable } from '../report/tables.ts';
import { writeResult } from '../report/write-result.ts';
import { type PruneRule, runSearch } from '../tune/search.ts';
import type { SearchMethod, StudySummary } from '../tune/study-summary.ts';
import { tuneReport } from '../tune/tune-report.ts';
import { importanceTable, trialsTable } from '../tune/tune-tables.ts';
import {
  collect,
  demographicsOption,
  experimentCacheOption,
  list,
  splitOption,
  testSpeakersOption,
  wholeNumber,
} from './options.ts';
import { exitStopped, fromHere, type Output } from './output.ts';
import { configure } from './train-command.ts';

export interface TuneOptions {
  readonly config?: string;
  readonly method: SearchMethod;
  readonly prune: PruneRule;
  readonly trials?: string;
  readonly minutes?: string;
  readonly parallel: string;
  readonly folds?: string;
  readonly run?: string;
  readonly resume?: boolean;
  readonly set?: readonly string[];
  readonly valSpeakers?: readonly string[];
  readonly testSpeakers?: readonly string[];
  readonly split?: string;
  readonly demographics?: string;
  readonly cache?: string;
  readonly html?: string;
  readonly json?: boolean;
}

const description = `searches over fields of an experiment: grid, random or Bayesian (TPE)

The configuration says what is varied, each field within its own range:

  search:
    learningRate: {low: 1e-4, high: 1e-2, scale: log}
    gruSize: {low: 64, high: 160}
    sampling: [natural, balanced]

A trial's score is the UAR of the validation speakers, or of the folds of a grouped cross-validation; test speakers are
not read. Trials and scores are kept in trials.jsonl as they come, the best configuration in best.yaml, which
"train --config" takes.`;

const shownTrials = 10;

export function addTuneCommand(program: Command, output: Output): void {
  program
    .command('tune')
    .summary('searches over fields of an experiment: grid, random or Bayesian (TPE)')
    .description(description)
    .argument('[corpus...]', 'as for train; the field corpora without it')
    .requiredOption('--config <file>', 'YAML or JSON file with the experiment and "search"')
    .addOption(new Option('--method <name>').choices(['grid', 'random', 'tpe']).default('tpe'))
    .addOption(
      new Option('--prune <rule>', 'ends hopeless trials early')
        .choices(['median', 'halving', 'none'])
        .default('median'),
    )
    .option('--trials <n>', 'trials in all (default: 20, unless --minutes is given)')
    .option('--minutes <m>', 'no trial begins after so many minutes')
    .option('--parallel <n>', 'trials at the same time, each a process with one thread', '2')
    .option(
      '--folds <k>',
      'score by k-fold cross-validation, grouped by speaker, not by the validation speakers',
    )
    .option('--run <folder>', 'where the search is kept (default: runs/<corpus>)')
    .option('--resume', 'go on with the search where it was stopped or killed')
    .option('--set <name=value>', 'one field of the experiment; see the command "fields"', collect)
    .option('--val-speakers <names>', 'the validation speakers, separated by commas', list)
    .addOption(testSpeakersOption())
    .addOption(splitOption())
    .option('--html <file>', 'write a report: history, importance, slices, the best configuration')
    .option('--json', 'print everything as one line of JSON')
    .addOption(demographicsOption())
    .addOption(experimentCacheOption())
    .action(async (corpora: string[], options: TuneOptions) => {
      if (!(await tuneCommand(corpora, options, output))) process.exitCode = exitStopped;
    });
}

/** @returns false when the signal stopped it */
export async function tuneCommand(
  corpora: readonly string[],
  options: TuneOptions,
  { print, progress, signal }: Output,
): Promise<boolean> {
  // A search has a journal of its own to go on with, not the record of a run.
  const { experiment, places, folder } = configure(corpora, { ...options, resume: undefined });
  const minutes = options.minutes === undefined ? undefined : positive('--minutes', options.minutes);
  const trials = options.trials === undefined ? undefined : atLeastOne('--trials', options.trials);
  const summary = await runSearch({
    experiment,
    places,
    method: options.method,
    prune: options.prune,
    trials: trials ?? (minutes === undefined ? 20 : undefined),
    seconds: minutes === undefined ? undefined : 60 * minutes,
    parallel: atLeastOne('--parallel', options.parallel),
    folds: options.folds === undefined ? 0 : wholeNumber('--folds', options.folds),
    folder: folder.path,
    cache: resolve(places.cache ?? '.cache/features'),
    resume: options.resume ?? false,
    progress,
    signal,
  });
  if (!summary) return false;
  if (options.html !== undefined) await writeResult(resolve(options.html), tuneReport(summary));
  progress.note(summary.sentence);
  print(options.json ? JSON.stringify(asJson(summary, folder.path)) : asText(summary, folder.path));
  return true;
}

function asText(summary: StudySummary, folder: string): string {
  const { parameters, trials, importances, best } = summary;
  return [
    terminalTable(trialsTable(parameters, trials, shownTrials)),
    ...(importances.length > 0 ? [terminalTable(importanceTable(importances))] : []),
    ...(best
      ? [
          `Train the best one: undertone-train train --config ${fromHere(join(folder, 'best.yaml'))} --out MODEL`,
        ]
      : []),
  ].join('\n\n');
}

function asJson(summary: StudySummary, folder: string): Record<string, unknown> {
  const { bestYaml, sentence: _, ...rest } = summary;
  return { ...rest, config: bestYaml && join(folder, 'best.yaml') };
}

function atLeastOne(flag: string, text: string): number {
  const value = wholeNumber(flag, text);
  if (value < 1)
    throw new UndertoneError('bad_config', `${flag}: expected a whole number from 1, found ${text}.`);
  return value;
}

function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!(value > 0))
    throw new UndertoneError('bad_config', `${flag}: expected a number above 0, found ${text}.`);
  return value;
}
