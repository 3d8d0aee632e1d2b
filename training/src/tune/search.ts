/** A search over an experiment's fields, from its configuration to what it found. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UndertoneError } from '@undertone/core';
import { type Experiment, experimentFields, resolveExperiment } from '../config/experiment.ts';
import { experimentYaml } from '../config/experiment-yaml.ts';
import type { Places } from '../config/places.ts';
import { openCache, prepareTraining } from '../experiment/prepare-data.ts';
import type { Progress } from '../experiment/progress.ts';
import { watchedVariants } from '../experiment/run-experiment.ts';
import { clipListHash } from '../features/feature-key.ts';
import { counted } from '../report/numbers.ts';
import { splitBySpeakers } from '../split/split.ts';
import { writeFileAtomically } from '../train/write-file-atomically.ts';
import { GridSampler } from './grid-sampler.ts';
import { Journal } from './journal.ts';
import { HalvingPruner, MedianPruner, noPruner, type Pruner } from './pruner.ts';
import { RandomSampler } from './random-sampler.ts';
import type { Sampler } from './sampler.ts';
import { SearchProgress } from './search-progress.ts';
import { type Parameter, parseSearch, type SearchableFields } from './search-space.ts';
import { type Objective, runStudy } from './study.ts';
import { type SearchMethod, type StudySummary, summarise } from './study-summary.ts';
import { TpeSampler } from './tpe-sampler.ts';
import { loadTrialData, type TrialData, validationFolds } from './trial-data.ts';
import { runTrialProcess } from './trial-process.ts';

export type PruneRule = 'median' | 'halving' | 'none';

export interface SearchOptions {
  readonly experiment: Experiment;
  readonly places: Places;
  readonly method: SearchMethod;
  readonly prune: PruneRule;
  /** Trials in all. */
  readonly trials?: number | undefined;
  /** No trial begins after so many seconds. */
  readonly seconds?: number | undefined;
  /** Trials at the same time, each in a process of its own. */
  readonly parallel: number;
  /** Folds of grouped cross-validation; 0 for the validation speakers. */
  readonly folds: number;
  readonly folder: string;
  readonly cache: string;
  readonly resume: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Searches, and writes `trials.jsonl` and `best.yaml` into the folder.
 * @returns null when the signal stopped it; with `resume` it goes on
 * @throws UndertoneError
 */
export async function runSearch(options: SearchOptions): Promise<StudySummary | null> {
  const { experiment, places, method, folds, folder, progress, signal } = options;
  const parameters = parseSearch(places.search, experimentFields as SearchableFields);
  checkPoints(parameters, experiment);
  const data = await loadTrialData(experiment, places);
  const validation = validationFolds(data, experiment, places, folds);
  // By name, so that every trial and what is trained later keep to the same speakers.
  const named: Places = {
    ...places,
    testSpeakers: data.testSpeakers,
    validationSpeakers: folds > 0 ? places.validationSpeakers : validation[0]!,
  };
  await mkdir(folder, { recursive: true });
  const journal = new Journal(
    join(folder, 'trials.jsonl'),
    studyRecord(options, parameters, validation, data),
    options.resume,
  );
  try {
    await fillCache(options, data, validation);
    const shown = new SearchProgress(progress, options, journal);
    const finished = await runStudy({
      sampler: samplerOf(options, parameters),
      pruner: prunerOf(options.prune),
      journal,
      objective: objectiveOf({ ...options, places: named }, validation),
      parallel: options.parallel,
      trials: options.trials,
      seconds: options.seconds,
      signal,
      onTrial: (trial) => shown.ended(trial),
      onStep: (trial, step) => shown.step(trial, step),
    });
    const summary = summarise(
      {
        method,
        seed: experiment.seed,
        parameters,
        elapsedS: journal.elapsedS,
        selection: describeSelection(validation),
      },
      journal.trials,
      ({ point }) => bestYaml(resolveExperiment({ ...experiment, ...point }), named),
    );
    if (summary.bestYaml) await writeFileAtomically(join(folder, 'best.yaml'), summary.bestYaml);
    if (!finished) progress.note('Stopped; go on with --resume.');
    return finished ? summary : null;
  } finally {
    journal.close();
    await rm(join(folder, 'trials'), { recursive: true, force: true });
  }
}

/** What must be the same for a search to go on. */
function studyRecord(
  { experiment, method, prune, trials }: SearchOptions,
  parameters: readonly Parameter[],
  validation: readonly (readonly string[])[],
  { clips }: TrialData,
): Record<string, unknown> {
  const { threads: _, ...rest } = experiment;
  return {
    method,
    prune,
    // The budget decides how fine a grid is.
    ...(method === 'grid' && { trials: trials ?? null }),
    search: parameters,
    validationSpeakers: validation,
    data: { clips: clips.length, hash: clipListHash(clips) },
    experiment: rest,
  };
}

/** Features are computed once, with all threads, before trials share them. */
async function fillCache(
  { experiment, cache, progress, signal }: SearchOptions,
  { corpora, clips }: TrialData,
  validation: readonly (readonly string[])[],
): Promise<void> {
  const features = openCache(cache, experiment, progress, signal);
  for (const speakers of validation) {
    const split = splitBySpeakers(clips, speakers);
    await prepareTraining(experiment, corpora, split.train, features);
    await features.clips('evaluation', split.validation, watchedVariants, split.train);
  }
}

function objectiveOf(options: SearchOptions, folds: readonly (readonly string[])[]): Objective {
  const { experiment, places, folder, cache, parallel } = options;
  return ({ number, point }, report, signal) =>
    runTrialProcess(
      {
        experiment: resolveExperiment({ ...experiment, ...(parallel > 1 && { threads: 0 }) }, point),
        places,
        folds,
        cache,
        folder: join(folder, 'trials', `${number}-${process.pid}`),
      },
      report,
      signal,
    );
}

function samplerOf({ method, experiment, trials }: SearchOptions, parameters: readonly Parameter[]): Sampler {
  const { seed } = experiment;
  if (method === 'grid') return new GridSampler(parameters, seed, trials);
  if (method === 'random') return new RandomSampler(parameters, seed);
  // Of a small budget a third is spent at random before the rest follows what was learnt.
  const startTrials = trials === undefined ? 10 : Math.min(10, Math.max(2, Math.ceil(trials / 3)));
  return new TpeSampler(parameters, seed, { startTrials });
}

function prunerOf(rule: PruneRule): Pruner {
  if (rule === 'none') return noPruner;
  return rule === 'median' ? new MedianPruner() : new HalvingPruner();
}

/** Fields by which scores would differ for no fault of the model, or not at all. */
const notVaried = [
  'seed',
  'splitBy',
  'valShare',
  'testShare',
  'labels',
  'labelMap',
  'threads',
  'modelName',
  'modelVersion',
];

/** Fields that are varied must be allowed together with the others; the first and last values of each are looked at. */
function checkPoints(parameters: readonly Parameter[], experiment: Experiment): void {
  for (const parameter of parameters) {
    const values = parameter.kind === 'choice' ? parameter.values : [parameter.low, parameter.high];
    for (const value of values) resolveExperiment({ ...experiment }, { [parameter.name]: value });
  }
  const fixed = parameters.find(({ name }) => notVaried.includes(name));
  if (fixed) {
    throw new UndertoneError(
      'bad_config',
      `search.${fixed.name}: expected a field that makes a model better or worse; this one decides what it is measured on or called.`,
    );
  }
}

function describeSelection(validation: readonly (readonly string[])[]): string {
  const speakers = validation.reduce((count, fold) => count + fold.length, 0);
  return validation.length > 1
    ? `mean of ${validation.length} folds by speaker (${counted(speakers, 'speaker')}), as recorded and by telephone`
    : `${counted(speakers, 'validation speaker')}, as recorded and by telephone`;
}

/** Only what leads to another result than the defaults' places. */
function bestYaml(experiment: Experiment, places: Places): string {
  const { search: _, out: __, run: ___, cache: ____, ...kept } = places;
  return experimentYaml({ ...kept, ...experiment });
}
