/** Writes a support vector machine as operators of ai.onnx.ml: `Scaler`, then `SVMClassifier`. */
import { encodeModel } from '../autodiff/onnx-writer.ts';
import type { SvmModel } from '../families/svm/svm-model.ts';
import { classifierValues } from './classifier-values.ts';

/** @returns a network with `classifierValues` */
export function exportSvm(model: SvmModel): Uint8Array {
  const { kernel, standardisation, classes, sigmoids } = model;
  const size = standardisation.offset.length;
  return encodeModel({
    name: 'undertone_svm',
    nodes: [
      {
        op: 'Scaler',
        domain: 'ai.onnx.ml',
        inputs: ['functionals'],
        outputs: ['standardised'],
        attributes: {
          offset: { floats: standardisation.offset },
          scale: { floats: standardisation.scale },
        },
      },
      {
        op: 'SVMClassifier',
        domain: 'ai.onnx.ml',
        inputs: ['standardised'],
        outputs: ['label', 'probabilities'],
        attributes: {
          classlabels_ints: Array.from({ length: classes }, (_, c) => c),
          kernel_type: kernel.kind === 'rbf' ? 'RBF' : 'LINEAR',
          // gamma, coefficient 0 and degree
          kernel_params: { floats: [kernel.kind === 'rbf' ? kernel.gamma : 0, 0, 0] },
          support_vectors: { floats: model.vectors },
          vectors_per_class: model.vectorsPerClass,
          coefficients: { floats: model.coefficients },
          // ONNX adds what LIBSVM subtracts.
          rho: { floats: model.offsets.map((offset) => -offset) },
          prob_a: { floats: sigmoids.map(({ a }) => a) },
          prob_b: { floats: sigmoids.map(({ b }) => b) },
          post_transform: 'NONE',
        },
      },
    ],
    ...classifierValues(size, classes),
    initializers: [],
  });
}
