/** Dense layer. */
import type { Graph, Value } from './graph.ts';
import { rawGemm, rawSum } from './raw.ts';
import { expectDims } from './shape.ts';

/**
 * y = x w + b
 * @param x `[rows, in]`
 * @param w `[in, out]`
 * @param b `[out]`
 */
export function linear(g: Graph, x: Value, w: Value, b: Value): Value {
  expectDims('weights', w.dims, [x.dims[1]!, -1]);
  expectDims('bias', b.dims, [w.dims[1]!]);
  return g.record(rawGemm(g, x, w, { bias: b }), [x, w, b], (dy) => [
    rawGemm(g, dy, w, { transB: true }),
    rawGemm(g, x, dy, { transA: true }),
    rawSum(g, dy, [0]),
  ]);
}
