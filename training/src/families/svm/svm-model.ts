/** A trained support vector machine for several classes, one against one, in the layout of LIBSVM and ONNX. */
import { UndertoneError } from '@undertone/core';
import { type Standardisation, standardise } from '../standardisation.ts';
import type { KernelConfig } from './kernel-matrix.ts';
import { classPairs, classProbabilities } from './pairwise-coupling.ts';
import type { Sigmoid } from './platt.ts';

export interface SvmModel {
  readonly kernel: KernelConfig;
  readonly standardisation: Standardisation;
  readonly classes: number;
  /** `[V, D]` standardised, those of the first class first. */
  readonly vectors: Float32Array;
  /** `[classes]` how many of them are of each class. */
  readonly vectorsPerClass: readonly number[];
  /**
   * `[classes - 1, V]`: a vector of class i has its coefficient against class j in row j - 1 when j > i, else in row j.
   */
  readonly coefficients: Float32Array;
  /** `[pairs]` subtracted from the decision value. */
  readonly offsets: Float32Array;
  /** `[pairs]` */
  readonly sigmoids: readonly Sigmoid[];
}

/** Decision values `[pairs]` for one row of functionals, in double precision. */
export function svmDecisions(model: SvmModel, functionals: Float32Array): Float64Array {
  const { kernel, standardisation, vectors, vectorsPerClass, coefficients, offsets, classes } = model;
  const size = standardisation.offset.length;
  if (functionals.length !== size) {
    throw new UndertoneError('bad_parameter', `Expected ${size} functionals; found ${functionals.length}.`);
  }
  const x = standardise(functionals, standardisation);
  const count = vectors.length / size;
  const similar = Float64Array.from({ length: count }, (_, v) => {
    let sum = 0;
    for (let d = 0, at = v * size; d < size; d++, at++) {
      sum += kernel.kind === 'rbf' ? (vectors[at]! - x[d]!) ** 2 : vectors[at]! * x[d]!;
    }
    return kernel.kind === 'rbf' ? Math.exp(-Math.fround(kernel.gamma) * sum) : sum;
  });
  const starts = vectorsPerClass.map((_, c) => vectorsPerClass.slice(0, c).reduce((a, b) => a + b, 0));
  const partial = (row: number, c: number): number => {
    let sum = 0;
    for (let v = starts[c]!; v < starts[c]! + vectorsPerClass[c]!; v++) {
      sum += coefficients[row * count + v]! * similar[v]!;
    }
    return sum;
  };
  return Float64Array.from(
    classPairs(classes),
    ([i, j], n) => partial(j - 1, i) + partial(i, j) - offsets[n]!,
  );
}

/** Probabilities `[classes]` for one row of functionals: what the exported model must give. */
export function svmProbabilities(model: SvmModel, functionals: Float32Array): Float32Array {
  return classProbabilities(svmDecisions(model, functionals), model.sigmoids, model.classes);
}
