/** What goes into and comes out of classifiers of functionals, by the names that core asks for. */
import type { GraphSpec } from '../autodiff/onnx-writer.ts';

/** `functionals [N, D]` to `label [N]` (position in the labels) and `probabilities [N, C]`. */
export function classifierValues(size: number, classes: number): Pick<GraphSpec, 'inputs' | 'outputs'> {
  return {
    inputs: [{ name: 'functionals', dims: ['N', size] }],
    outputs: [
      { name: 'label', dims: ['N'], type: 'int64' },
      { name: 'probabilities', dims: ['N', classes] },
    ],
  };
}
