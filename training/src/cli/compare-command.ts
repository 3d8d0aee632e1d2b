/** `undertone-train compare`: all families on the same split, and which to take under a budget. */
import { join, resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { type Command, Option } from 'commander';
import { labelSchemeOf } from '../config/derived.ts';
import { loadCorpora, splitCorpora } from '../experiment/prepare-data.ts';
import {
  candidateExperiment,
  candidateNamed,
  candidateNames,
  splitSettings,
} from '../families/compare/candidate.ts';
import { compareFamilies, type FamilyRun } from '../families/compare/compare-families.ts';
import { compareReport } from '../families/compare/compare-report.ts';
import { type Budget, type Candidate, comparisonTable, verdict } from '../families/compare/comparison.ts';
import { intervalWarning } from '../report/numbers.ts';
import { terminalTable } from '../report/tables.ts';
import { writeResult } from '../report/write-result.ts';
import {
  collect,
  demographicsOption,
  experimentCacheOption,
  list,
  splitOption,
  testSpeakersOption,
} from './options.ts';
import { exitStopped, type Output } from './output.ts';
import { configure } from './train-command.ts';

export interface CompareOptions {
  readonly families: readonly string[];
  readonly use?: readonly string[];
  readonly config?: string;
  readonly set?: readonly string[];
  readonly epochs?: string;
  readonly seed?: string;
  readonly valShare?: string;
  readonly valSpeakers?: readonly string[];
  readonly testSpeakers?: readonly string[];
  readonly split?: string;
  readonly demographics?: string;
  readonly cache?: string;
  readonly out: string;
  readonly budgetCpuMs?: string;
  readonly budgetSizeKb?: string;
  readonly budgetAnswerMs?: string;
  readonly budgetMemoryMb?: string;
  readonly html?: string;
  readonly json?: boolean;
}

const description = `trains several families of models on the same split and compares what they reach and cost

Each is trained as "train" does, kept in a folder of its own under --out, and not trained again when it is there already;
after an interruption the same command goes on. Fields are set for all (--set seed=2) or for one family
(--set svm.svmCost=1).`;

export function addCompareCommand(program: Command, output: Output): void {
  program
    .command('compare')
    .summary('trains SVM, forest, CNN and GRU on the same split, and names the best under a budget')
    .description(description)
    .argument('[corpus...]', 'as for train; the field corpora without it')
    .addOption(
      new Option('--families <names>', `which, separated by commas: ${candidateNames.join(', ')}`)
        .argParser(list)
        .default([], 'all'),
    )
    .option('--use <family=folder>', 'a model that exists takes the place of training that family', collect)
    .option('--out <folder>', 'where runs and models are kept', 'runs/compare')
    .option('--config <file>', 'YAML or JSON file with the experiment that they share')
    .option('--set <name=value>', 'one field of the experiment, or of one family (cnn.epochs=20)', collect)
    .option('--epochs <n>', 'how often gru and cnn go through the training clips')
    .option('--seed <n>', 'seed of everything random')
    .option('--val-share <share>', 'share of the speakers that are measured on')
    .option('--val-speakers <names>', 'the speakers that are measured on, separated by commas', list)
    .addOption(testSpeakersOption())
    .addOption(splitOption())
    .option('--budget-cpu-ms <ms>', 'most CPU for a second of audio, eight streams at a time')
    .option('--budget-size-kb <kb>', 'largest network')
    .option('--budget-answer-ms <ms>', 'longest wait for an answer')
    .option('--budget-memory-mb <mb>', 'most memory of the model')
    .option('--html <file>', 'write a report with plots')
    .option('--json', 'print everything as one line of JSON')
    .addOption(experimentCacheOption())
    .addOption(demographicsOption())
    .action(async (corpora: string[], options: CompareOptions) => {
      if (!(await compareCommand(corpora, options, output))) process.exitCode = exitStopped;
    });
}

/** @returns false when the signal stopped it */
export async function compareCommand(
  corpusPaths: readonly string[],
  options: CompareOptions,
  { print, progress, signal }: Output,
): Promise<boolean> {
  const budget = budgetOf(options);
  const { shared, own } = splitSettings(options.set ?? []);
  // Each family has its own run and model, in --out.
  const { experiment, places } = configure(corpusPaths, { ...options, set: shared, out: undefined });
  if (places.corpora.length === 0) {
    throw new UndertoneError(
      'bad_config',
      'Expected a corpus, as an argument or in the field corpora; found none.',
    );
  }
  const use = modelsGiven(options.use ?? []);
  const names = options.families.length > 0 ? options.families.map(candidateNamed) : candidateNames;
  const families = names.map(
    (name): FamilyRun => ({
      name,
      experiment: candidateExperiment(name, experiment, own.get(name)),
      given: use.get(name) ?? null,
    }),
  );
  const corpora = await loadCorpora(places.corpora, places.demographics ?? undefined, {
    labels: labelSchemeOf(experiment),
    votesPath: places.votes ?? undefined,
  });
  const held = places.validationSpeakers.length > 0 ? places.validationSpeakers : undefined;
  const split = splitCorpora(corpora, experiment, held, places.testSpeakers);
  const candidates = await compareFamilies(families, {
    corpora,
    split,
    folder: resolve(options.out),
    cache: resolve(places.cache ?? '.cache/features'),
    progress,
    signal,
  });
  if (!candidates) return false;
  const json = JSON.stringify(comparisonJson(candidates, budget));
  await writeResult(join(resolve(options.out), 'comparison.json'), `${json}\n`);
  if (options.html !== undefined) await writeResult(resolve(options.html), compareReport(candidates, budget));
  const sentence = verdict(candidates, budget);
  progress.note(sentence);
  const warning = intervalWarning(candidates[0]!.evaluation.speakers);
  if (warning !== null) progress.note(warning);
  print(options.json ? json : `${terminalTable(comparisonTable(candidates, budget))}\n\n${sentence}`);
  return true;
}

function comparisonJson(candidates: readonly Candidate[], budget: Budget): object {
  return {
    schema: 'undertone.comparison/1',
    budget,
    verdict: verdict(candidates, budget),
    families: candidates.map(({ evaluation, ...rest }) => ({
      ...rest,
      clips: evaluation.wideband.clips,
      speakers: evaluation.speakers,
      uar: evaluation.wideband.uar,
      interval: evaluation.wideband.interval,
      byCondition: evaluation.byCondition,
      bySecondsHeard: evaluation.bySecondsHeard,
      calibrationError: evaluation.calibration.crossFittedError,
    })),
  };
}

function budgetOf(options: CompareOptions): Budget {
  const limit = (flag: string, text: string | undefined): number | undefined => {
    if (text === undefined) return undefined;
    const value = Number(text);
    if (value > 0) return value;
    throw new UndertoneError('bad_config', `${flag}: expected a number above 0, found ${text}.`);
  };
  const budget = {
    cpuMs: limit('--budget-cpu-ms', options.budgetCpuMs),
    sizeKb: limit('--budget-size-kb', options.budgetSizeKb),
    waitMs: limit('--budget-answer-ms', options.budgetAnswerMs),
    memoryMb: limit('--budget-memory-mb', options.budgetMemoryMb),
  };
  return Object.fromEntries(Object.entries(budget).filter(([, value]) => value !== undefined));
}

function modelsGiven(entries: readonly string[]): Map<string, string> {
  return new Map(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      if (at < 1) {
        throw new UndertoneError('bad_config', `--use: expected family=folder, found ${entry}.`);
      }
      return [candidateNamed(entry.slice(0, at)), entry.slice(at + 1)];
    }),
  );
}
