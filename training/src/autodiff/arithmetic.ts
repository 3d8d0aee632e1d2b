/** Differentiable element-wise arithmetic with broadcasting, and changes of shape. */
import type { Graph, Value } from './graph.ts';
import {
  rawAdd,
  rawConcat,
  rawMultiply,
  rawReshape,
  rawSplit,
  rawSubtract,
  rawSum,
  rawSumTo,
  rawTranspose,
} from './raw.ts';
import type { Dims } from './shape.ts';

export function add(g: Graph, a: Value, b: Value): Value {
  return g.record(rawAdd(g, a, b), [a, b], (dy) => [rawSumTo(g, dy, a.dims), rawSumTo(g, dy, b.dims)]);
}

export function subtract(g: Graph, a: Value, b: Value): Value {
  return g.record(rawSubtract(g, a, b), [a, b], (dy) => [
    rawSumTo(g, dy, a.dims),
    rawSumTo(g, g.emit('Neg', [dy], dy.dims), b.dims),
  ]);
}

export function multiply(g: Graph, a: Value, b: Value): Value {
  return g.record(rawMultiply(g, a, b), [a, b], (dy) => [
    rawSumTo(g, rawMultiply(g, dy, b), a.dims),
    rawSumTo(g, rawMultiply(g, dy, a), b.dims),
  ]);
}

/** `a` times a number or tensor to which no gradient flows. */
export function scale(g: Graph, a: Value, factor: Value): Value {
  return g.record(rawMultiply(g, a, factor), [a], (dy) => [rawSumTo(g, rawMultiply(g, dy, factor), a.dims)]);
}

export function reshape(g: Graph, a: Value, dims: Dims): Value {
  return g.record(rawReshape(g, a, dims), [a], (dy) => [rawReshape(g, dy, a.dims)]);
}

/** Axis `i` of the result is axis `order[i]` of `a`. */
export function transpose(g: Graph, a: Value, order: readonly number[]): Value {
  const inverse = order.map((_, i) => order.indexOf(i));
  return g.record(rawTranspose(g, a, order), [a], (dy) => [rawTranspose(g, dy, inverse)]);
}

export function concat(g: Graph, parts: readonly Value[], axis: number): Value {
  const lengths = parts.map((part) => part.dims[axis]!);
  return g.record(rawConcat(g, parts, axis), parts, (dy) => rawSplit(g, dy, axis, lengths));
}

/** Sum over the given axes, which vanish. */
export function sum(g: Graph, a: Value, axes: readonly number[]): Value {
  const kept = a.dims.map((d, i) => (axes.includes(i) ? 1 : d));
  return g.record(rawSum(g, a, axes), [a], (dy) => [
    g.emit('Expand', [rawReshape(g, dy, kept), g.integers(a.dims)], a.dims),
  ]);
}
