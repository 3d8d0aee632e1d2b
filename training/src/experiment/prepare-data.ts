/** From corpus folders to what a training run reads: loaded, split by speaker, features cached, priors measured. */
import { statSync } from 'node:fs';
import { type FeatureConfig, type NormalisationConfig, UndertoneError } from '@undertone/core';
import { batchSourceOptionsOf, variantsOf } from '../config/derived.ts';
import type { Experiment } from '../config/experiment.ts';
import { featuresOf, type PreprocessingSettings } from '../config/fields-of-preprocessing.ts';
import type { BatchSourceOptions } from '../data/batch-options.ts';
import type { Clip, Corpus } from '../data/clip.ts';
import { type CorpusOptions, loadCorpus } from '../data/corpus.ts';
import { withDistinctNames } from '../features/distinct-names.ts';
import { type CachedVariant, FeatureCache } from '../features/feature-cache.ts';
import { FeatureFile } from '../features/feature-file.ts';
import { clipId } from '../features/feature-key.ts';
import { measureNormalisation } from '../features/normalisation-prior.ts';
import type { VariantSpec } from '../preprocess/variant.ts';
import { duration } from '../report/progress-line.ts';
import { makeSplit } from '../split/make-split.ts';
import type { Split, ThreeWaySplit } from '../split/split.ts';
import type { Progress } from './progress.ts';

export interface TrainingData {
  /** Clips that could be used. */
  readonly clips: number;
  readonly normalisation: NormalisationConfig;
  readonly batches: BatchSourceOptions;
}

/**
 * Corpora with their labels brought to the classes that are asked for.
 * @throws UndertoneError `bad_corpus` when two have the same name, as their speakers could not be told apart
 */
export async function loadCorpora(
  paths: readonly string[],
  demographicsPath: string | undefined,
  { labels, votesPath }: Pick<CorpusOptions, 'labels' | 'votesPath'> = {},
): Promise<Corpus[]> {
  const loaded: Corpus[] = [];
  for (const path of paths) {
    const corpus = await loadCorpus(path, { demographicsPath, labels, votesPath });
    if (loaded.some(({ name }) => name === corpus.name)) {
      throw new UndertoneError(
        'bad_corpus',
        `${path}: expected corpora of different names, found a second "${corpus.name}"; a CSV manifest has its file's name.`,
      );
    }
    const isFile = statSync(path).isFile();
    loaded.push({ ...corpus, clips: withDistinctNames(corpus.clips, path, isFile) });
  }
  return loaded;
}

/**
 * @param validationSpeakers those held out, by name; otherwise a share is drawn
 * @param testSpeakers those that are on neither side, by name; otherwise `testShare` of them
 * @throws UndertoneError `bad_split`
 */
export function splitCorpora(
  corpora: readonly Corpus[],
  experiment: Experiment,
  validationSpeakers: readonly string[] | undefined,
  testSpeakers: readonly string[] = [],
): ThreeWaySplit {
  const { splitBy, valShare, testShare, seed, labels } = experiment;
  return makeSplit(
    corpora.flatMap((corpus) => corpus.clips),
    { splitBy, valShare, testShare, seed, labels, validationSpeakers, testSpeakers },
  );
}

/** What a cache is opened for: an experiment, or the features of a model that exists. */
export interface CacheSettings extends Partial<PreprocessingSettings> {
  readonly seed: number;
  readonly threads: number;
  /** Default: those that the preprocessing fields ask for. */
  readonly features?: FeatureConfig;
}

export function openCache(
  folder: string,
  settings: CacheSettings,
  progress: Progress,
  signal: AbortSignal,
): FeatureCache {
  const { seed, threads, features = featuresOf(settings) } = settings;
  let startMs = performance.now();
  return new FeatureCache({
    folder,
    features,
    seed,
    threads,
    signal,
    onProgress: (done, total) => {
      if (done === 1) startMs = performance.now();
      const seconds = (performance.now() - startMs) / 1000;
      progress.update('features', done, total, `clips, ${duration((seconds / done) * (total - done))} left`);
    },
    onWarning: (message) => progress.note(message),
  });
}

const cleanVariant: VariantSpec = { name: 'clean' };

/** Features, priors and batches of the training clips. */
export async function prepareTraining(
  experiment: Experiment,
  corpora: readonly Corpus[],
  train: Split['train'],
  cache: FeatureCache,
): Promise<TrainingData> {
  const variants = variantsOf(experiment);
  const isHeard = (variant: string): boolean => variants.some(({ name }) => name === variant);
  // Priors are measured of clean clips whether or not the model hears them; asked for once, they are checked once.
  const wanted = isHeard(cleanVariant.name) ? variants : [...variants, cleanVariant];
  const files: CachedVariant[][] = [];
  const clean: CachedVariant[] = [];
  for (const { name } of corpora) {
    const clips = train.filter((clip) => clip.corpus === name);
    if (clips.length === 0) continue;
    const made = await cache.clips(`${name}-train`, clips, wanted, train);
    files.push(made.filter(({ variant }) => isHeard(variant)));
    clean.push(...made.filter(({ variant }) => variant === cleanVariant.name));
  }
  const { nonSpeechClips } = experiment;
  const nonSpeech = nonSpeechClips > 0 ? await cache.nonSpeech(nonSpeechClips) : null;
  const normalisation = measureNormalisation(clean, cache.features, experiment);
  const targets = softTargets(train, experiment.labels);
  return {
    clips: countClips(clean),
    normalisation,
    batches: batchSourceOptionsOf(experiment, files, nonSpeech, normalisation, targets, cache.features),
  };
}

function countClips(files: readonly CachedVariant[]): number {
  let count = 0;
  for (const { path, key } of files) {
    const file = new FeatureFile(path, key);
    count += file.count;
    file.close();
  }
  return count;
}

function softTargets(clips: readonly Clip[], labels: readonly string[]): BatchSourceOptions['softTargets'] {
  const targets: Record<string, readonly number[]> = {};
  for (const clip of clips) {
    const { distribution } = clip;
    if (distribution) targets[clipId(clip)] = labels.map((label) => distribution[label] ?? 0);
  }
  return targets;
}
