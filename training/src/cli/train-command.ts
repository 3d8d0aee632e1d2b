/** `undertone-train CORPUS`: everything from recordings to a model folder with its card. */
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { UndertoneError } from '@undertone/core';
import type { Command } from 'commander';
import { modelConfigOf } from '../config/derived.ts';
import { type Experiment, resolveExperiment } from '../config/experiment.ts';
import type { Corpus } from '../data/clip.ts';
import { type Evaluation, evaluateModel } from '../evaluate/evaluation.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { writeModelFolder } from '../export/write-model-folder.ts';
import type { FeatureCache } from '../features/feature-cache.ts';
import { modelCard } from '../report/model-card.ts';
import { evaluationTables, headline, terminalTable } from '../report/tables.ts';
import { type Split, speakersOf } from '../split/split.ts';
import { writeFileAtomically } from '../train/write-file-atomically.ts';
import { describeModel, summary, type TrainedModel, weightsLicence } from './describe-model.ts';
import { cacheOption, collect, demographicsOption, list } from './options.ts';
import { exitStopped, type Output } from './output.ts';
import { loadCorpora, openCache, prepareEvaluation, prepareTraining, splitCorpora } from './prepare-data.ts';
import { RunFolder, softwareVersions } from './run-folder.ts';
import { runTrainingPhase } from './training-phase.ts';

export interface TrainOptions {
  readonly out: string;
  readonly run?: string;
  readonly config?: string;
  readonly epochs?: string;
  readonly seed?: string;
  readonly valShare?: string;
  readonly set?: readonly string[];
  readonly valSpeakers?: readonly string[];
  readonly demographics?: string;
  readonly cache: string;
  readonly resume?: boolean;
  readonly final?: boolean;
  readonly json?: boolean;
  readonly printConfig?: boolean;
}

/** Conditions looked at during training. */
const watched = ['clean', 'telephone'];

export function addTrainCommand(program: Command, output: Output): void {
  program
    .command('train', { isDefault: true })
    .description('from recordings to a model: loads, splits by speaker, trains, measures, exports')
    .argument(
      '<corpus...>',
      'CREMA-D or RAVDESS folder, or a CSV manifest (path, speaker, label, start, end, sex)',
    )
    .requiredOption('--out <folder>', 'model folder to write')
    .option('--run <folder>', 'where the run is kept (default: runs/<corpus>)')
    .option('--resume', 'go on with the run where it was stopped')
    .option('--config <file>', 'JSON file with fields of the experiment')
    .option('--set <name=value>', 'one field of the experiment; see the command "fields"', collect)
    .option('--epochs <n>', 'how often the training clips are gone through')
    .option('--seed <n>', 'seed of everything random')
    .option('--val-share <share>', 'share of the speakers held out for validation')
    .option('--val-speakers <names>', 'the speakers held out, separated by commas', list)
    .option('--final', 'afterwards train on all speakers and export that model')
    .option('--print-config', 'print the resolved experiment and do nothing')
    .option('--json', 'print the measurements as one line of JSON')
    .addOption(demographicsOption())
    .addOption(cacheOption())
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
  const name = corpusPaths.map((path) => basename(path).toLowerCase()).join('+');
  const folder = new RunFolder(resolve(options.run ?? join('runs', name)));
  const experiment = experimentOf(options, folder);
  if (options.printConfig) {
    print(JSON.stringify(experiment, null, 2));
    return true;
  }
  const resume = options.resume ?? false;
  const corpora = await loadCorpora(corpusPaths, options.demographics);
  const stored = resume ? folder.readRecord()?.validationSpeakers : undefined;
  const split = splitCorpora(corpora, experiment, options.valSpeakers ?? stored);
  await folder.open(recordOf(experiment, corpora, split), resume);
  progress.note(describeSplit(split));
  const cache = openCache(resolve(options.cache), experiment, progress, signal);
  const measured = await trainAndMeasure(experiment, corpora, split, cache, folder, resume, {
    progress,
    signal,
  });
  if (!measured) return false;
  let { model, parameters } = measured;
  const { evaluation } = measured;
  if (options.final) {
    const final = await trainOnAll(experiment, corpora, evaluation, cache, folder, resume, {
      progress,
      signal,
    });
    if (!final) return false;
    ({ model, parameters } = final);
  }
  await writeModel(resolve(options.out), model, parameters, evaluation);
  progress.note(headline(evaluation));
  print(
    options.json
      ? JSON.stringify({ model: options.out, run: folder.path, ...summary(evaluation) })
      : evaluationTables(evaluation).map(terminalTable).join('\n\n'),
  );
  return true;
}

function experimentOf(options: TrainOptions, folder: RunFolder): Experiment {
  const stored = options.resume ? folder.readRecord()?.experiment : undefined;
  const flags: Record<string, unknown> = {};
  for (const entry of options.set ?? []) {
    const at = entry.indexOf('=');
    if (at < 1) throw new UndertoneError('bad_config', `Expected --set name=value, found ${entry}.`);
    flags[entry.slice(0, at)] = entry.slice(at + 1);
  }
  for (const field of ['epochs', 'seed', 'valShare'] as const) {
    if (options[field] !== undefined) flags[field] = options[field];
  }
  return resolveExperiment(
    (stored ?? {}) as Record<string, unknown>,
    options.config === undefined ? {} : readJson(options.config),
    flags,
  );
}

function readJson(path: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UndertoneError('bad_config', `Expected a JSON file at ${path}.`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UndertoneError('bad_config', `${path}: expected a JSON object of fields.`);
  }
  return value as Record<string, unknown>;
}

interface Trained {
  readonly model: TrainedModel;
  readonly parameters: Float32Array;
}

type Watch = Pick<Output, 'progress' | 'signal'>;

/** Trains with the validation speakers held out, and measures on them. Null when the signal stopped it. */
async function trainAndMeasure(
  experiment: Experiment,
  corpora: readonly Corpus[],
  split: Split,
  cache: FeatureCache,
  folder: RunFolder,
  resume: boolean,
  watch: Watch,
): Promise<(Trained & { readonly evaluation: Evaluation }) | null> {
  const data = await prepareTraining(experiment, corpora, split.train, cache);
  const conditions = await prepareEvaluation(split, cache);
  const model = trained(experiment, corpora, split.train, data.normalisation, null, false);
  const result = await runTrainingPhase({
    name: 'training',
    model,
    data,
    folder,
    validation: conditions.filter(({ variant }) => watched.includes(variant)),
    resume,
    ...watch,
  });
  if (!result.finished) return null;
  const { parameters } = result;
  await writeModelFolder(folder.latestModelPath, {
    parameters,
    config: modelConfigOf(experiment),
    description: describeModel(model),
  });
  const runtime = await openModelFolder(folder.latestModelPath);
  try {
    const evaluation = await evaluateModel(runtime, conditions, experiment.seed, 'fitted');
    const text = `${JSON.stringify(evaluation, null, 2)}\n`;
    await writeFileAtomically(join(folder.path, 'evaluation.json'), text);
    return { model: { ...model, evaluation }, parameters, evaluation };
  } finally {
    await runtime.close();
  }
}

/** Trains once more, on everybody; what was measured before is what is known of the result. */
async function trainOnAll(
  experiment: Experiment,
  corpora: readonly Corpus[],
  evaluation: Evaluation,
  cache: FeatureCache,
  parent: RunFolder,
  resume: boolean,
  watch: Watch,
): Promise<Trained | null> {
  const clips = corpora.flatMap((corpus) => corpus.clips);
  const data = await prepareTraining(experiment, corpora, clips, cache);
  const model = trained(experiment, corpora, clips, data.normalisation, evaluation, true);
  const folder = new RunFolder(join(parent.path, 'final'));
  await folder.open(recordOf(experiment, corpora, { train: clips, validation: [] }), resume);
  const result = await runTrainingPhase({
    name: 'final training',
    model,
    data,
    folder,
    validation: [],
    resume,
    ...watch,
  });
  return result.finished ? { model, parameters: result.parameters } : null;
}

async function writeModel(
  out: string,
  model: TrainedModel,
  parameters: Float32Array,
  evaluation: Evaluation,
): Promise<void> {
  const config = modelConfigOf(model.experiment);
  const manifest = await writeModelFolder(out, { parameters, config, description: describeModel(model) });
  const card = modelCard({
    manifest,
    evaluation,
    corpora: model.corpora,
    licence: weightsLicence(model.corpora),
    parameters: parameters.length,
    trainSpeakers: model.trainSpeakers,
    trainClips: model.trainClips,
    trainedOnAllSpeakers: model.trainedOnAllSpeakers,
  });
  await writeFileAtomically(join(out, 'MODEL_CARD.md'), card);
}

function trained(
  experiment: Experiment,
  corpora: readonly Corpus[],
  clips: Split['train'],
  normalisation: TrainedModel['normalisation'],
  evaluation: Evaluation | null,
  trainedOnAllSpeakers: boolean,
): TrainedModel {
  return {
    experiment,
    corpora,
    normalisation,
    evaluation,
    trainedOnAllSpeakers,
    trainSpeakers: speakersOf(clips).length,
    trainClips: clips.length,
  };
}

function recordOf(
  experiment: Experiment,
  corpora: readonly Corpus[],
  split: Split,
): Parameters<RunFolder['open']>[0] {
  return {
    experiment,
    corpora: corpora.map(({ name }) => name),
    validationSpeakers: speakersOf(split.validation),
    versions: softwareVersions(),
  };
}

function describeSplit({ train, validation }: Split): string {
  const side = (clips: Split['train']): string =>
    `${speakersOf(clips).length} speakers (${clips.length} clips)`;
  return `Training on ${side(train)}, validation on ${side(validation)}.`;
}
