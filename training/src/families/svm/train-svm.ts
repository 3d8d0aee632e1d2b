/** Trains a support vector machine on windows: one machine for each pair of classes, probabilities from held-out speakers. */
import { UndertoneError } from '@undertone/core';
import { Random } from '../../data/random.ts';
import { checkRows, type LabelledRows, speakerFolds } from '../labelled-rows.ts';
import { measureStandardisation, standardise } from '../standardisation.ts';
import { type KernelConfig, KernelMatrix } from './kernel-matrix.ts';
import { classPairs } from './pairwise-coupling.ts';
import { fitSigmoid, type Sigmoid } from './platt.ts';
import { solveTwoClasses, type TwoClassSolution } from './solve-two-classes.ts';
import type { SvmModel } from './svm-model.ts';

export interface SvmOptions {
  readonly kernel: KernelConfig;
  /** C of a row where classes are even; rows of a rarer class of a pair have more. */
  readonly cost: number;
  /** Folds of speakers, each judged once by machines that have not heard it. */
  readonly folds: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((pairsDone: number, pairs: number) => void) | undefined;
}

interface PairMachine {
  readonly pair: readonly [number, number];
  /** `[n]` rows of the training set. */
  readonly positions: Int32Array;
  readonly solution: TwoClassSolution;
  readonly sigmoid: Sigmoid;
}

/**
 * @throws UndertoneError `bad_parameter` for rows that cannot be learned from, or whose folds leave a class that nobody
 * unheard has judged; `aborted`
 */
export async function trainSvm(rows: LabelledRows, options: SvmOptions): Promise<SvmModel> {
  checkRows(rows);
  const standardisation = measureStandardisation(rows);
  const values = standardise(rows.values, standardisation);
  const random = new Random(options.seed, 'svm-folds');
  const folds = speakerFolds(rows.speakers, options.folds, (speakers) => random.shuffle(speakers));
  const kernels = await KernelMatrix.open();
  const machines: PairMachine[] = [];
  const pairs = classPairs(rows.classes);
  try {
    for (const pair of pairs) {
      if (options.signal?.aborted) throw new UndertoneError('aborted', 'Stopped while training the SVM.');
      machines.push(await trainPair(rows, values, folds, pair, kernels, options));
      options.onProgress?.(machines.length, pairs.length);
    }
  } finally {
    await kernels.close();
  }
  const shared = { kernel: options.kernel, standardisation, classes: rows.classes };
  const offsets = Float32Array.from(machines, ({ solution }) => solution.offset);
  const sigmoids = machines.map(({ sigmoid }) => sigmoid);
  const vectors =
    options.kernel.kind === 'linear'
      ? weightVectors(rows, values, machines)
      : supportVectors(rows, values, machines);
  return { ...shared, ...vectors, offsets, sigmoids };
}

async function trainPair(
  rows: LabelledRows,
  values: Float32Array,
  folds: Int32Array,
  pair: readonly [number, number],
  kernels: KernelMatrix,
  options: SvmOptions,
): Promise<PairMachine> {
  const [first, second] = pair;
  const positions = Int32Array.from(rows.labels.keys()).filter(
    (row) => rows.labels[row] === first || rows.labels[row] === second,
  );
  const n = positions.length;
  const own = new Float32Array(n * rows.size);
  for (const [i, row] of positions.entries()) {
    own.set(values.subarray(row * rows.size, (row + 1) * rows.size), i * rows.size);
  }
  const kernel = await kernels.compute(own, own, rows.size, options.kernel);
  const sides = Int8Array.from(positions, (row) => (rows.labels[row] === first ? 1 : -1));
  const solve = (members: Int32Array): TwoClassSolution =>
    solveTwoClasses({ kernel, stride: n, rows: members, ...balanced(members, sides, options.cost) });

  const decisions = new Float64Array(n);
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const judged = new Uint8Array(n);
  for (let fold = 0; fold < options.folds; fold++) {
    const kept = all.filter((i) => folds[positions[i]!] !== fold);
    const held = all.filter((i) => folds[positions[i]!] === fold);
    if (held.length === 0 || new Set(kept.map((i) => sides[i]!)).size < 2) continue;
    const { coefficients, offset } = solve(kept);
    for (const i of held) {
      let sum = -offset;
      for (let k = 0; k < kept.length; k++) sum += coefficients[k]! * kernel[i * n + kept[k]!]!;
      decisions[i] = sum;
      judged[i] = 1;
    }
  }
  const known = all.filter((i) => judged[i] === 1);
  if (new Set(known.map((i) => sides[i]!)).size < 2) {
    throw new UndertoneError(
      'bad_parameter',
      `Expected speakers of both classes of a pair (${pair.join(', ')}) in folds of their own, so that each is judged by machines that have not heard it; found one class only. Take more folds (svmFolds), another seed, or more speakers.`,
    );
  }
  const sigmoid = fitSigmoid(
    Float64Array.from(known, (i) => decisions[i]!),
    Int8Array.from(known, (i) => sides[i]!),
  );
  return { pair, positions, solution: solve(all), sigmoid };
}

/** The same total cost for both classes, as if they were equally frequent. */
function balanced(
  members: Int32Array,
  sides: Int8Array,
  cost: number,
): { sides: Int8Array; costs: Float64Array } {
  const own = Int8Array.from(members, (i) => sides[i]!);
  const positives = own.reduce((sum, side) => sum + Number(side > 0), 0);
  const costOf = (side: number): number =>
    (cost * own.length) / (2 * (side > 0 ? positives : own.length - positives));
  return { sides: own, costs: Float64Array.from(own, costOf) };
}

type Vectors = Pick<SvmModel, 'vectors' | 'vectorsPerClass' | 'coefficients'>;

/** Rows that are a support vector of any pair, once each. */
function supportVectors(rows: LabelledRows, values: Float32Array, machines: readonly PairMachine[]): Vectors {
  const used = new Uint8Array(rows.labels.length);
  for (const { positions, solution } of machines) {
    for (const [k, row] of positions.entries()) if (solution.coefficients[k] !== 0) used[row] = 1;
  }
  const order: number[] = [];
  const vectorsPerClass: number[] = [];
  for (let c = 0; c < rows.classes; c++) {
    const before = order.length;
    for (const [row, label] of rows.labels.entries()) if (label === c && used[row] === 1) order.push(row);
    vectorsPerClass.push(order.length - before);
  }
  const place = new Int32Array(rows.labels.length).fill(-1);
  const vectors = new Float32Array(order.length * rows.size);
  for (const [v, row] of order.entries()) {
    place[row] = v;
    vectors.set(values.subarray(row * rows.size, (row + 1) * rows.size), v * rows.size);
  }
  const coefficients = new Float32Array((rows.classes - 1) * order.length);
  for (const { pair, positions, solution } of machines) {
    for (const [k, row] of positions.entries()) {
      const value = solution.coefficients[k]!;
      if (value === 0) continue;
      const line = rows.labels[row] === pair[0] ? pair[1] - 1 : pair[0];
      coefficients[line * order.length + place[row]!] = value;
    }
  }
  return { vectors, vectorsPerClass, coefficients };
}

/**
 * A linear machine is one vector of weights: it stands in the model as the only support vector of its pair, listed with
 * the pair's first class.
 */
function weightVectors(
  { size, classes }: LabelledRows,
  values: Float32Array,
  machines: readonly PairMachine[],
): Vectors {
  const vectors = new Float32Array(machines.length * size);
  const coefficients = new Float32Array((classes - 1) * machines.length);
  for (const [n, { pair, positions, solution }] of machines.entries()) {
    const weights = new Float64Array(size);
    for (const [k, row] of positions.entries()) {
      const value = solution.coefficients[k]!;
      if (value === 0) continue;
      for (let d = 0; d < size; d++) weights[d] = weights[d]! + value * values[row * size + d]!;
    }
    vectors.set(weights, n * size);
    coefficients[(pair[1] - 1) * machines.length + n] = 1;
  }
  return {
    vectors,
    vectorsPerClass: Array.from({ length: classes }, (_, c) => classes - 1 - c),
    coefficients,
  };
}
