/** Writes a random forest as `TreeEnsembleClassifier` of ai.onnx.ml. */
import { encodeModel } from '../autodiff/onnx-writer.ts';
import type { ForestModel } from '../families/forest/forest-model.ts';
import { classifierValues } from './classifier-values.ts';

/** @returns a network with `classifierValues` */
export function exportForest({ size, classes, trees }: ForestModel): Uint8Array {
  const nodes = {
    treeids: [] as number[],
    nodeids: [] as number[],
    featureids: [] as number[],
    values: [] as number[],
    modes: [] as string[],
    truenodeids: [] as number[],
    falsenodeids: [] as number[],
  };
  const leaves = {
    treeids: [] as number[],
    nodeids: [] as number[],
    ids: [] as number[],
    weights: [] as number[],
  };
  for (const [t, tree] of trees.entries()) {
    for (const [node, column] of tree.columns.entries()) {
      const isLeaf = column < 0;
      nodes.treeids.push(t);
      nodes.nodeids.push(node);
      nodes.featureids.push(isLeaf ? 0 : column);
      nodes.values.push(tree.thresholds[node]!);
      nodes.modes.push(isLeaf ? 'LEAF' : 'BRANCH_LEQ');
      nodes.truenodeids.push(tree.left[node]!);
      nodes.falsenodeids.push(tree.right[node]!);
      if (!isLeaf) continue;
      for (let c = 0; c < classes; c++) {
        const share = tree.shares[node * classes + c]!;
        if (share === 0) continue;
        leaves.treeids.push(t);
        leaves.nodeids.push(node);
        leaves.ids.push(c);
        leaves.weights.push(share / trees.length);
      }
    }
  }
  return encodeModel({
    name: 'undertone_forest',
    nodes: [
      {
        op: 'TreeEnsembleClassifier',
        domain: 'ai.onnx.ml',
        inputs: ['functionals'],
        outputs: ['label', 'probabilities'],
        attributes: {
          classlabels_int64s: Array.from({ length: classes }, (_, c) => c),
          nodes_treeids: nodes.treeids,
          nodes_nodeids: nodes.nodeids,
          nodes_featureids: nodes.featureids,
          nodes_values: { floats: nodes.values },
          nodes_modes: { strings: nodes.modes },
          nodes_truenodeids: nodes.truenodeids,
          nodes_falsenodeids: nodes.falsenodeids,
          class_treeids: leaves.treeids,
          class_nodeids: leaves.nodeids,
          class_ids: leaves.ids,
          class_weights: { floats: leaves.weights },
          post_transform: 'NONE',
        },
      },
    ],
    ...classifierValues(size, classes),
    initializers: [],
  });
}
