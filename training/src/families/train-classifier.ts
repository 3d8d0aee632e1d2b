/** SVM and forest as families: rows of functionals in, a model folder out. */
import { UndertoneError } from '@undertone/core';
import type { Experiment } from '../config/experiment.ts';
import type { Progress } from '../experiment/progress.ts';
import { exportForest } from '../export/forest-model.ts';
import { exportSvm } from '../export/svm-model.ts';
import { goldenCase, writeWindowModel } from '../export/write-window-model.ts';
import type { CachedVariant } from '../features/feature-cache.ts';
import { percent } from '../report/numbers.ts';
import type { FamilyNetwork, TrainedFamily } from './family-network.ts';
import { forestProbabilities } from './forest/forest-model.ts';
import { trainForest } from './forest/train-forest.ts';
import type { LabelledRows } from './labelled-rows.ts';
import { svmProbabilities } from './svm/svm-model.ts';
import { trainSvm } from './svm/train-svm.ts';
import type { FunctionalsLayout } from './window-layout.ts';
import { windowRows } from './window-rows.ts';

export interface ClassifierTraining {
  readonly experiment: Experiment;
  readonly layout: FunctionalsLayout;
  /** Variants of the training clips of each corpus. */
  readonly corpora: readonly (readonly CachedVariant[])[];
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const goldenRows = 4;

/** @returns null when the signal stopped it */
export async function trainClassifier(training: ClassifierTraining): Promise<TrainedFamily | null> {
  const { experiment, layout } = training;
  try {
    const rows = await rowsOf(training);
    const { network, model, probabilities } =
      experiment.family === 'svm' ? await svm(training, rows) : await forest(training, rows);
    const golden = Array.from({ length: Math.min(goldenRows, rows.labels.length) }, (_, n) => {
      const row = Math.floor((n * rows.labels.length) / goldenRows);
      const window = rows.values.slice(row * rows.size, (row + 1) * rows.size);
      return goldenCase(window, probabilities(window));
    });
    const write: FamilyNetwork['write'] = (folder, description) =>
      writeWindowModel(folder, { layout, model, golden, description });
    // Rows are gone through once.
    return { network: { ...network, write }, epochs: 1 };
  } catch (error) {
    if (error instanceof UndertoneError && error.code === 'aborted') return null;
    throw error;
  }
}

/** The rows that were cut last: families that are compared learn from the same. */
let latest: { readonly key: string; readonly rows: LabelledRows } | null = null;

async function rowsOf(training: ClassifierTraining): Promise<LabelledRows> {
  const { experiment, layout, corpora, progress, signal } = training;
  const { labels, windowsPerClip, windowRows: mostRows, seed } = experiment;
  const options = { layout, labels, windowsPerClip, mostRows, seed };
  const key = JSON.stringify([options, corpora]);
  if (latest?.key === key) return latest.rows;
  const rows = await windowRows(corpora, {
    ...options,
    signal,
    onProgress: (done, total) => progress.update('windows', done, total, 'clips'),
  });
  latest = { key, rows };
  return rows;
}

interface Trained {
  readonly network: Omit<FamilyNetwork, 'write'>;
  readonly model: Uint8Array;
  readonly probabilities: (functionals: Float32Array) => Float32Array;
}

async function svm(
  { experiment, progress, signal }: ClassifierTraining,
  rows: LabelledRows,
): Promise<Trained> {
  const { svmKernel, svmCost, svmGamma, svmFolds, seed } = experiment;
  const linear = svmKernel === 'linear';
  const trained = await trainSvm(rows, {
    kernel: linear ? { kind: 'linear' } : { kind: 'rbf', gamma: svmGamma / rows.size },
    cost: svmCost,
    folds: svmFolds,
    seed,
    signal,
    onProgress: (done, total) => progress.update('svm', done, total, 'pairs of classes'),
  });
  const vectors = trained.vectors.length / rows.size;
  const what = linear ? 'A linear support vector machine' : `${vectors} support vectors, Gaussian kernel`;
  return {
    network: {
      summary: `${what}, over ${rows.size} functionals of a window; learned from ${rows.labels.length} windows`,
      parameters: trained.vectors.length + trained.coefficients.length,
    },
    model: exportSvm(trained),
    probabilities: (functionals) => svmProbabilities(trained, functionals),
  };
}

async function forest(
  { experiment, progress, signal }: ClassifierTraining,
  rows: LabelledRows,
): Promise<Trained> {
  const { forestTrees, forestDepth, forestLeafRows, forestColumns, seed } = experiment;
  const { forest: trained, outOfBagUar } = await trainForest(rows, {
    trees: forestTrees,
    depth: forestDepth,
    leafRows: forestLeafRows,
    columns: forestColumns > 0 ? forestColumns : Math.round(Math.sqrt(rows.size)),
    seed,
    signal,
    onProgress: (done, total) => progress.update('forest', done, total, 'trees'),
  });
  progress.note(
    `Forest: UAR ${percent(outOfBagUar)} of windows, by the trees that had not heard the speaker.`,
  );
  const nodes = trained.trees.reduce((sum, tree) => sum + tree.columns.length, 0);
  return {
    network: {
      summary: `${forestTrees} trees of together ${nodes} nodes, over ${rows.size} functionals of a window; learned from ${rows.labels.length} windows`,
      parameters: nodes,
    },
    model: exportForest(trained),
    probabilities: (functionals) => forestProbabilities(trained, functionals),
  };
}
