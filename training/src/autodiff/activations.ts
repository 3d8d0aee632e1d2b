/** Element-wise non-linearities. Each derivative is taken from the output, so the input need not be kept. */
import type { Graph, Value } from './graph.ts';
import { rawMultiply, rawSubtract } from './raw.ts';

/** max(x, 0); the derivative at 0 is 0. */
export function relu(g: Graph, x: Value): Value {
  const y = g.emit('Relu', [x], x.dims);
  return g.record(y, [x], (dy) => [rawMultiply(g, dy, g.emit('Sign', [y], y.dims))]);
}

export function sigmoid(g: Graph, x: Value): Value {
  const y = g.emit('Sigmoid', [x], x.dims);
  return g.record(y, [x], (dy) => [rawMultiply(g, dy, rawMultiply(g, y, rawSubtract(g, g.scalar(1), y)))]);
}

export function tanh(g: Graph, x: Value): Value {
  const y = g.emit('Tanh', [x], x.dims);
  return g.record(y, [x], (dy) => [rawMultiply(g, dy, rawSubtract(g, g.scalar(1), rawMultiply(g, y, y)))]);
}
