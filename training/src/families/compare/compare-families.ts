/** Trains every family on the same split and measures all of them in the same way; goes on where it was stopped. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '@undertone/core';
import type { Experiment } from '../../config/experiment.ts';
import { readAudioFile } from '../../data/audio-file.ts';
import type { Corpus } from '../../data/clip.ts';
import { type Evaluation, evaluateModel } from '../../evaluate/evaluation.ts';
import { openModelFolder } from '../../evaluate/model-folder.ts';
import { openCache } from '../../experiment/prepare-data.ts';
import type { Progress } from '../../experiment/progress.ts';
import { runExperiment } from '../../experiment/run-experiment.ts';
import { RunFolder, runRecord } from '../../experiment/run-folder.ts';
import { writeMeasuredModel } from '../../experiment/write-measured-model.ts';
import { resample } from '../../preprocess/speed.ts';
import { evaluationVariants } from '../../preprocess/variant.ts';
import type { Split } from '../../split/split.ts';
import { writeFileAtomically } from '../../train/write-file-atomically.ts';
import type { Candidate } from './comparison.ts';
import { measureCost } from './measured-cost.ts';

export interface FamilyRun {
  readonly name: string;
  readonly experiment: Experiment;
  /** A model folder that exists already and takes the place of training. */
  readonly given: string | null;
}

export interface ComparisonRun {
  readonly corpora: readonly Corpus[];
  readonly split: Split;
  /** Each family has a folder in it: its run, and its model in `model`. */
  readonly folder: string;
  readonly cache: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Audio on which running costs are measured. */
const costAudioS = 20;

/**
 * @returns null when the signal stopped a training
 * @throws UndertoneError `aborted` when it stopped a measurement
 */
export async function compareFamilies(
  families: readonly FamilyRun[],
  run: ComparisonRun,
): Promise<Candidate[] | null> {
  const candidates: Candidate[] = [];
  const audio = await speechOf(run.split);
  for (const family of families) {
    const trained = family.given === null ? await train(family, run) : await measureGiven(family, run);
    if (!trained) return null;
    candidates.push(await costed(family, trained, audio, run));
  }
  return candidates;
}

interface Trained {
  readonly folder: string;
  readonly evaluation: Evaluation;
  readonly trainingS: number | null;
}

async function train({ name, experiment }: FamilyRun, run: ComparisonRun): Promise<Trained | null> {
  const { corpora, split, cache, progress, signal } = run;
  const folder = join(run.folder, name);
  const finished = readFinished(folder, experiment, run);
  if (finished) {
    progress.note(`${name}: trained already.`);
    return finished;
  }
  progress.note(`${name}: training.`);
  // What an earlier experiment left here is not this one's.
  rmSync(join(folder, 'finished.json'), { force: true });
  const start = performance.now();
  const result = await runExperiment(experiment, {
    corpora,
    split,
    folder,
    cache,
    resume: new RunFolder(folder).hasCheckpoint,
    progress,
    signal,
  });
  if (!result?.evaluation) return null;
  const { model, parameters, evaluation } = result;
  const trainingS = (performance.now() - start) / 1000;
  await writeMeasuredModel(join(folder, 'model'), model, parameters, evaluation);
  await writeFileAtomically(join(folder, 'finished.json'), `${JSON.stringify({ trainingS })}\n`);
  return { folder: join(folder, 'model'), evaluation, trainingS };
}

/** What an earlier call left, if it was the same experiment on the same recordings. */
function readFinished(
  path: string,
  experiment: Experiment,
  { corpora, split }: ComparisonRun,
): Trained | null {
  const finished = join(path, 'finished.json');
  if (!existsSync(finished)) return null;
  const stored = new RunFolder(path).readRecord();
  const wanted = runRecord(experiment, corpora, split);
  const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
  if (!stored || !same(stored.experiment, wanted.experiment) || !same(stored.data, wanted.data)) return null;
  if (!same(stored.validationSpeakers, wanted.validationSpeakers)) return null;
  const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
  return {
    folder: join(path, 'model'),
    evaluation: read(join(path, 'evaluation.json')) as Evaluation,
    trainingS: (read(finished) as { trainingS: number }).trainingS,
  };
}

async function measureGiven({ name, given, experiment }: FamilyRun, run: ComparisonRun): Promise<Trained> {
  const { split, progress, signal } = run;
  progress.note(`${name}: measuring ${given}.`);
  const model = await openModelFolder(given!);
  try {
    const { features } = model.manifest;
    const cache = openCache(run.cache, { ...experiment, features }, progress, signal);
    const variants = await cache.clips('evaluation', split.validation, evaluationVariants, split.train);
    const onProgress = (done: number, total: number, condition: string): void =>
      progress.update(`${name} conditions`, done, total, condition);
    const options = { signal, onProgress };
    const evaluation = await evaluateModel(model, variants, experiment.seed, 'manifest', options);
    return { folder: given!, evaluation, trainingS: null };
  } finally {
    await model.close();
  }
}

async function costed(
  { name, given }: FamilyRun,
  trained: Trained,
  audio: Float32Array,
  { progress, signal }: ComparisonRun,
): Promise<Candidate> {
  const { kind } = JSON.parse(readFileSync(join(trained.folder, 'manifest.json'), 'utf8')) as Manifest;
  const measured = await measureCost(trained.folder, audio, {
    signal,
    onProgress: (done, total) => progress.update(`${name} costs`, done, total, 's of audio'),
  });
  return {
    ...trained,
    ...measured,
    name,
    kind,
    given: given !== null,
    sizeBytes: networkBytes(trained.folder),
  };
}

function networkBytes(folder: string): number {
  const networks = readdirSync(folder).filter((name) => name.endsWith('.onnx'));
  return networks.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** The first seconds of the validation clips, one after the other. */
async function speechOf({ validation }: Split): Promise<Float32Array> {
  const audio = new Float32Array(costAudioS * 16000);
  let filled = 0;
  for (const clip of validation) {
    const { samples, sampleRateHz } = await readAudioFile(clip.path, clip.startS, clip.endS);
    const heard = resample(samples, sampleRateHz).subarray(0, audio.length - filled);
    audio.set(heard, filled);
    filled += heard.length;
    if (filled === audio.length) break;
  }
  return audio.subarray(0, filled);
}
