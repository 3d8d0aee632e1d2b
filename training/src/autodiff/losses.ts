/** Losses as weighted sums over elements, so that a batch may be evaluated in parts and normalised as a whole. */
import type { Graph, Value } from './graph.ts';
import { rawAdd, rawMultiply, rawSubtract, rawSum } from './raw.ts';
import { expectDims } from './shape.ts';

/**
 * Cross-entropy with soft targets, sum over rows of -sum_c target_c log softmax(logits)_c.
 * @param logits `[rows, C]`
 * @param targets `[rows, C]`; the sum of a row is its weight, 0 ignores it
 */
export function crossEntropy(g: Graph, logits: Value, targets: Value): Value {
  expectDims('targets', targets.dims, logits.dims);
  const logProbability = g.emit('LogSoftmax', [logits], logits.dims, { axis: 1 });
  const loss = g.emit('Neg', [rawSum(g, rawMultiply(g, logProbability, targets), [0, 1])], []);
  return g.record(loss, [logits], (dy) => {
    const probability = g.emit('Exp', [logProbability], logits.dims);
    const weight = rawSum(g, targets, [1], true);
    return [rawMultiply(g, rawSubtract(g, rawMultiply(g, probability, weight), targets), dy)];
  });
}

/**
 * Binary cross-entropy, sum over elements of weight (softplus(x) - target x).
 * @param logits any shape
 * @param targets in [0, 1], of that shape
 * @param weights of that shape; 0 ignores an element
 */
export function binaryCrossEntropy(g: Graph, logits: Value, targets: Value, weights: Value): Value {
  expectDims('targets', targets.dims, logits.dims);
  expectDims('weights', weights.dims, logits.dims);
  const axes = logits.dims.map((_, i) => i);
  // softplus(x) = max(x, 0) + log(1 + exp(-|x|)), which no logit overflows.
  const magnitude = g.emit('Abs', [logits], logits.dims);
  const decay = g.emit('Exp', [g.emit('Neg', [magnitude], logits.dims)], logits.dims);
  const tail = g.emit('Log', [rawAdd(g, decay, g.scalar(1))], logits.dims);
  const softplus = rawAdd(g, g.emit('Relu', [logits], logits.dims), tail);
  const element = rawSubtract(g, softplus, rawMultiply(g, targets, logits));
  const loss = rawSum(g, rawMultiply(g, element, weights), axes);
  return g.record(loss, [logits], (dy) => {
    const error = rawSubtract(g, g.emit('Sigmoid', [logits], logits.dims), targets);
    return [rawMultiply(g, rawMultiply(g, error, weights), dy)];
  });
}
