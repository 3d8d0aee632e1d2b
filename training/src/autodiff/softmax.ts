/** Softmax over the last axis. */
import type { Graph, Value } from './graph.ts';
import { rawMultiply, rawSubtract, rawSum } from './raw.ts';

/** y = exp(x) / sum exp(x); the gradient is y (dy - sum(dy y)). */
export function softmax(g: Graph, x: Value): Value {
  const axis = x.dims.length - 1;
  const y = g.emit('Softmax', [x], x.dims, { axis });
  return g.record(y, [x], (dy) => {
    const weighted = rawMultiply(g, dy, y);
    return [rawSubtract(g, weighted, rawMultiply(g, y, rawSum(g, weighted, [axis], true)))];
  });
}
