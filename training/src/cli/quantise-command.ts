/** `undertone-train quantise MODEL --out DIR`: the same model with weights of 8 bits, and what that costs. */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Command } from 'commander';
import { type ComparedCondition, compareModels } from '../evaluate/compare-models.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { loadCorpora, openCache } from '../experiment/prepare-data.ts';
import { type QuantisedModel, quantiseModel } from '../export/quantise-model.ts';
import { evaluationVariants } from '../preprocess/variant.ts';
import { comparedTable, quantisedCard } from '../report/quantised-card.ts';
import { terminalTable } from '../report/tables.ts';
import { namedSpeakers } from '../split/split.ts';
import { writeFileAtomically } from '../train/write-file-atomically.ts';
import { cacheOption, collect, labelMapOption, labelSchemeOfModel, list, wholeNumber } from './options.ts';
import type { Output } from './output.ts';

export interface QuantiseOptions {
  readonly out: string;
  readonly name?: string;
  readonly evaluate?: readonly string[];
  readonly speakers?: readonly string[];
  readonly labelMap?: readonly string[];
  readonly cache: string;
  readonly seed: string;
  readonly threads: string;
  readonly json?: boolean;
}

/** Conditions in which before and after are compared. */
const compared = ['clean', 'telephone', 'noise-10dB', 'babble-10dB'];

export function addQuantiseCommand(program: Command, output: Output): void {
  program
    .command('quantise')
    .description(
      'writes a model with weights of 8 bits: a quarter of the size, with its cost in UAR if asked',
    )
    .argument('<model>', 'model folder: a network (streaming or frames)')
    .requiredOption('--out <folder>', 'model folder to write')
    .option('--name <name>', 'name of the new model (default: the old one with -int8)')
    .option('--evaluate <corpus>', 'compares both models on a corpus; may be given several times', collect)
    .option('--speakers <names>', 'only these of it, separated by commas', list)
    .option('--seed <n>', 'seed of noise and intervals', '1')
    .option('--threads <n>', 'threads for features', '2')
    .option('--json', 'print sizes and comparison as one line of JSON')
    .addOption(labelMapOption())
    .addOption(cacheOption())
    .action((model: string, options: QuantiseOptions) => quantiseCommand(model, options, output));
}

export async function quantiseCommand(from: string, options: QuantiseOptions, output: Output): Promise<void> {
  const out = resolve(options.out);
  if (out === resolve(from)) {
    throw new UndertoneError('bad_config', `--out: expected another folder than the model's own, ${out}.`);
  }
  const model = await quantiseModel(from, out, options.name);
  const comparison = options.evaluate ? await measure(from, out, options.evaluate, options, output) : null;
  if (comparison) {
    const metrics = {
      comparedWith: model.manifest.training.quantisedFrom,
      uarByCondition: Object.fromEntries(comparison.map(({ name, uarAfter }) => [name, rounded(uarAfter)])),
      uarBefore: Object.fromEntries(comparison.map(({ name, uarBefore }) => [name, rounded(uarBefore)])),
    };
    const manifest = { ...model.manifest, metrics };
    await writeFileAtomically(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  }
  const before = String(model.manifest.training.quantisedFrom);
  await writeFileAtomically(
    join(out, 'MODEL_CARD.md'),
    quantisedCard(await cardOf(from), before, model, comparison),
  );
  report(model, comparison, out, options.json ?? false, output);
}

async function measure(
  from: string,
  to: string,
  corpusPaths: readonly string[],
  options: QuantiseOptions,
  { progress, signal }: Output,
): Promise<ComparedCondition[]> {
  const seed = wholeNumber('--seed', options.seed);
  const threads = wholeNumber('--threads', options.threads);
  const before = await openModelFolder(from);
  const after = await openModelFolder(to);
  try {
    const { labels, features } = before.manifest;
    const corpora = await loadCorpora(corpusPaths, undefined, {
      labels: labelSchemeOfModel(labels, options.labelMap),
    });
    const all = corpora.flatMap((corpus) => corpus.clips);
    const wanted = options.speakers && namedSpeakers(all, options.speakers);
    const clips = wanted ? all.filter((clip) => wanted.has(clip.speaker)) : all;
    const cache = openCache(resolve(options.cache), { seed, threads, features }, progress, signal);
    const conditions = evaluationVariants.filter(({ name }) => compared.includes(name));
    const variants = await cache.clips('evaluation', clips, conditions, all);
    return await compareModels(before, after, variants, seed, signal);
  } finally {
    await before.close();
    await after.close();
  }
}

function report(
  { manifest, files, weights }: QuantisedModel,
  comparison: readonly ComparedCondition[] | null,
  out: string,
  json: boolean,
  { print }: Pick<Output, 'print'>,
): void {
  const bytes = files.reduce((sum, file) => sum + file.bytesAfter, 0);
  if (json) {
    print(
      JSON.stringify({
        model: out,
        name: manifest.name,
        weights,
        bytes,
        files,
        ...(comparison && { comparison }),
      }),
    );
    return;
  }
  const sizes = terminalTable({
    title: `${manifest.name}@${manifest.version}: ${weights} weights of 8 bits, ${bytes} bytes`,
    header: ['file', 'bytes before', 'bytes'],
    rows: files.map(({ path, bytesBefore, bytesAfter }) => [path, String(bytesBefore), String(bytesAfter)]),
  });
  print([sizes, ...(comparison ? [terminalTable(comparedTable(comparison))] : [])].join('\n\n'));
}

async function cardOf(folder: string): Promise<string | null> {
  try {
    return await readFile(join(folder, 'MODEL_CARD.md'), 'utf8');
  } catch {
    return null;
  }
}

const rounded = (value: number): number => Number(value.toFixed(4));
