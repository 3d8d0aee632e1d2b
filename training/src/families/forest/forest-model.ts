/** A trained random forest: trees in flat arrays, as ONNX lists them. */
import { UndertoneError } from '@undertone/core';

/** Nodes in the order in which they were made, the root first. */
export interface Tree {
  /** `[nodes]` column that a node asks for; -1 for a leaf. */
  readonly columns: Int32Array;
  /** `[nodes]` a row goes left when its value is at most this. */
  readonly thresholds: Float32Array;
  /** `[nodes]` children of a node that is no leaf. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** `[nodes, classes]` shares of the classes in a leaf. */
  readonly shares: Float32Array;
}

export interface ForestModel {
  /** D: functionals. */
  readonly size: number;
  readonly classes: number;
  readonly trees: readonly Tree[];
}

/** Position of the leaf that a row comes to. */
export function leafOf(tree: Tree, values: Float32Array, offset = 0): number {
  let node = 0;
  for (let column = tree.columns[0]!; column >= 0; column = tree.columns[node]!) {
    node = values[offset + column]! <= tree.thresholds[node]! ? tree.left[node]! : tree.right[node]!;
  }
  return node;
}

/** Probabilities `[classes]` for one row of functionals: the mean of the trees' shares, what the exported model must give. */
export function forestProbabilities(forest: ForestModel, functionals: Float32Array): Float32Array {
  const { size, classes, trees } = forest;
  if (functionals.length !== size) {
    throw new UndertoneError('bad_parameter', `Expected ${size} functionals; found ${functionals.length}.`);
  }
  const sums = new Float64Array(classes);
  for (const tree of trees) {
    const leaf = leafOf(tree, functionals);
    for (let c = 0; c < classes; c++) sums[c] = sums[c]! + tree.shares[leaf * classes + c]!;
  }
  return Float32Array.from(sums, (sum) => sum / trees.length);
}
