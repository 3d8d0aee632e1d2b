/** `undertone-train split CORPUS...`: shows how speakers would be divided, and writes it down. */
import { resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Command } from 'commander';
import { labelSchemeOf } from '../config/derived.ts';
import type { Clip } from '../data/clip.ts';
import { loadCorpora, splitCorpora } from '../experiment/prepare-data.ts';
import { type Table, terminalTable } from '../report/tables.ts';
import { writeResult } from '../report/write-result.ts';
import { countSides, leakWarning, type SideCounts } from '../split/describe-split.ts';
import { leakOf } from '../split/make-split.ts';
import { groupedFolds, speakersOf, type ThreeWaySplit } from '../split/split.ts';
import { splitFileText } from '../split/split-file.ts';
import { collect, demographicsOption, list, wholeNumber } from './options.ts';
import type { Output } from './output.ts';
import { configure } from './train-command.ts';

type Configurable = Parameters<typeof configure>[1];

export interface SplitOptions {
  readonly config?: string;
  readonly set?: readonly string[];
  readonly seed?: string;
  readonly valShare?: string;
  readonly testShare?: string;
  readonly valSpeakers?: readonly string[];
  readonly testSpeakers?: readonly string[];
  readonly random?: boolean;
  readonly folds?: string;
  readonly leaveOneOut?: boolean;
  readonly demographics?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export function addSplitCommand(program: Command, output: Output): void {
  program
    .command('split')
    .description('who is trained on, who is validated on, who is kept for the test: by class and sex')
    .argument('[corpus...]', 'corpus folders and CSV manifests')
    .option('--config <file>', 'YAML or JSON file with fields of the experiment, which flags override')
    .option('--set <name=value>', 'one field of the experiment; see the command "fields"', collect)
    .option('--seed <n>', 'seed of the draw')
    .option('--val-share <share>', 'share of the speakers held out for validation')
    .option('--test-share <share>', 'share of the speakers kept for the test')
    .option('--val-speakers <names>', 'the speakers held out, separated by commas', list)
    .option('--test-speakers <names>', 'the speakers kept for the test, separated by commas', list)
    .option('--random', 'divide clips instead of speakers, and say how much that leaks')
    .option('--folds <k>', 'show k groups of speakers, each held out once')
    .option('--leave-one-out', 'show as many folds as there are speakers')
    .option('--out <file>', 'write the speakers of each side as JSON, which "train --split" reads')
    .option('--json', 'print everything as one line of JSON')
    .addOption(demographicsOption())
    .action((corpora: string[], options: SplitOptions) => splitCommand(corpora, options, output));
}

export async function splitCommand(
  corpusPaths: readonly string[],
  options: SplitOptions,
  { print, progress }: Output,
): Promise<void> {
  const { experiment, places } = configure(corpusPaths, configurable(options));
  if (places.corpora.length === 0) {
    throw new UndertoneError(
      'bad_config',
      'Expected a corpus, as an argument or in the field corpora; found none.',
    );
  }
  const corpora = await loadCorpora(places.corpora, places.demographics ?? undefined, {
    labels: labelSchemeOf(experiment),
    votesPath: places.votes ?? undefined,
  });
  const clips = corpora.flatMap((corpus) => corpus.clips);
  if (options.folds !== undefined || options.leaveOneOut) {
    const k = options.leaveOneOut ? speakersOf(clips).length : wholeNumber('--folds', options.folds!);
    print(foldsText(clips, k, experiment.seed, experiment.labels, options.json ?? false));
    return;
  }
  const named = places.validationSpeakers.length > 0 ? places.validationSpeakers : undefined;
  const split = splitCorpora(corpora, experiment, named, places.testSpeakers);
  const warning = leakWarning(split);
  if (warning !== null) progress.note(warning);
  if (options.out !== undefined) await write(resolve(options.out), split);
  print(
    options.json ? JSON.stringify(asJson(split, experiment.labels)) : splitText(split, experiment.labels),
  );
}

/** What `configure` knows: `--out` is the split's here, not the model's. */
function configurable({ out: _, set = [], random, testShare, ...rest }: SplitOptions): Configurable {
  const fields = [
    ...set,
    ...(random ? ['splitBy=random'] : []),
    ...(testShare === undefined ? [] : [`testShare=${testShare}`]),
  ];
  return { ...rest, set: fields };
}

async function write(path: string, split: ThreeWaySplit): Promise<void> {
  if (leakOf(split).clips > 0) {
    throw new UndertoneError(
      'bad_split',
      'A random split has no speakers of its own to write down; it follows from the seed: train with --set splitBy=random.',
    );
  }
  await writeResult(path, splitFileText(split));
}

function asJson(split: ThreeWaySplit, labels: readonly string[]): Record<string, unknown> {
  return { sides: countSides(split, labels), leak: leakOf(split) };
}

function splitText(split: ThreeWaySplit, labels: readonly string[]): string {
  const sides = countSides(split, labels);
  const leaks = leakOf(split).clips > 0;
  const names = leaks
    ? []
    : sides.slice(1).map((side) => `${side.name}: ${side.speakers.map(shortName).join(', ')}`);
  return [terminalTable(countTable('Split', sides, labels)), ...names].join('\n\n');
}

function foldsText(
  clips: readonly Clip[],
  k: number,
  seed: number,
  labels: readonly string[],
  json: boolean,
): string {
  const folds = groupedFolds(clips, k, seed).map((fold, i) => {
    const [, held] = countSides({ ...fold, test: [] }, labels);
    return { ...held!, name: `fold ${i + 1}` };
  });
  if (json) return JSON.stringify({ folds });
  return terminalTable(countTable('Held out in each fold', folds, labels));
}

function countTable(title: string, sides: readonly SideCounts[], labels: readonly string[]): Table {
  return {
    title,
    header: ['', 'speakers', 'clips', ...labels, 'female', 'male', 'sex unknown'],
    rows: sides.map(({ name, speakers, clips, byClass, bySex }) => [
      name,
      ...[speakers.length, clips, ...labels.map((label) => byClass[label]!)].map(String),
      ...[bySex.female, bySex.male, bySex.unknown].map(String),
    ]),
  };
}

function shortName(speaker: string): string {
  return speaker.slice(speaker.lastIndexOf('/') + 1);
}
