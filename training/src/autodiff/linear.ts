/** Dense layer. */
import type { Graph, Value } from './graph.ts';
import { rawGemm, rawSum } from './raw.ts';
import { expectDims } from './shape.ts';

/**
 * y = x w + b
 * @param x `[rows, in]`
 * @param w `[in, out]`
 * @param b `[out]`; none if absent
 */
export function linear(g: Graph, x: Value, w: Value, b?: Value): Value {
  expectDims('weights', w.dims, [x.dims[1]!, -1]);
  if (b) expectDims('bias', b.dims, [w.dims[1]!]);
  const y = rawGemm(g, x, w, b ? { bias: b } : {});
  return g.record(y, b ? [x, w, b] : [x, w], (dy) => [
    rawGemm(g, dy, w, { transB: true }),
    rawGemm(g, x, dy, { transA: true }),
    ...(b ? [rawSum(g, dy, [0])] : []),
  ]);
}
