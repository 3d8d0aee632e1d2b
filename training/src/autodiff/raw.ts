/**
 * ONNX nodes with their output shapes worked out, not differentiated: what forward and backward passes of the
 * differentiable operations are built from.
 */
import type { Graph, Value } from './graph.ts';
import { badShape, broadcastDims, type Dims, elementCount, sameDims } from './shape.ts';

export function rawAdd(g: Graph, a: Value, b: Value): Value {
  return g.emit('Add', [a, b], broadcastDims(a.dims, b.dims));
}

export function rawSubtract(g: Graph, a: Value, b: Value): Value {
  return g.emit('Sub', [a, b], broadcastDims(a.dims, b.dims));
}

export function rawMultiply(g: Graph, a: Value, b: Value): Value {
  return g.emit('Mul', [a, b], broadcastDims(a.dims, b.dims));
}

export function rawDivide(g: Graph, a: Value, b: Value): Value {
  return g.emit('Div', [a, b], broadcastDims(a.dims, b.dims));
}

export function rawReshape(g: Graph, a: Value, dims: Dims): Value {
  if (sameDims(a.dims, dims)) return a;
  if (elementCount(a.dims) !== elementCount(dims)) {
    badShape(`${elementCount(a.dims)} elements to reshape`, `[${dims.join(', ')}]`);
  }
  return g.emit('Reshape', [a, g.integers(dims)], dims);
}

export function rawConcat(g: Graph, parts: readonly Value[], axis: number): Value {
  if (parts.length === 1) return parts[0]!;
  const dims = [...parts[0]!.dims];
  dims[axis] = parts.reduce((sum, part) => sum + part.dims[axis]!, 0);
  return g.emit('Concat', parts, dims, { axis });
}

/** Cuts axis `axis` into parts of the given lengths. */
export function rawSplit(g: Graph, a: Value, axis: number, lengths: readonly number[]): Value[] {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total !== a.dims[axis]) badShape(`parts that add up to ${a.dims[axis]}`, `${total}`);
  if (lengths.length === 1) return [a];
  const dims = lengths.map((length) => a.dims.with(axis, length));
  return g.emitMany('Split', [a, g.integers(lengths)], dims, { axis });
}

/** The same, into `count` equal parts. */
export function rawSplitEqually(g: Graph, a: Value, axis: number, count: number): Value[] {
  return rawSplit(g, a, axis, new Array<number>(count).fill(a.dims[axis]! / count));
}

/** Elements `from` (included) to `to` (not included) of one axis. */
export function rawSlice(g: Graph, a: Value, axis: number, from: number, to: number): Value {
  if (from === 0 && to === a.dims[axis]) return a;
  const bounds = [g.integers([from]), g.integers([to]), g.integers([axis])];
  return g.emit('Slice', [a, ...bounds], a.dims.with(axis, to - from));
}

/** Zeros before and after each axis; a negative number cuts off instead. One pass over the data for both. */
export function rawPad(g: Graph, a: Value, before: Dims, after: Dims): Value {
  if ([...before, ...after].every((n) => n === 0)) return a;
  const dims = a.dims.map((d, i) => d + before[i]! + after[i]!);
  return g.emit('Pad', [a, g.integers([...before, ...after])], dims);
}

export function rawSum(g: Graph, a: Value, axes: readonly number[], keepDims = false): Value {
  const kept = a.dims.map((d, i) => (axes.includes(i) ? 1 : d));
  const dims = keepDims ? kept : kept.filter((_, i) => !axes.includes(i));
  return g.emit('ReduceSum', [a, g.integers(axes)], dims, { keepdims: keepDims ? 1 : 0 });
}

/** Sums away what broadcasting added, so that a gradient has the shape of its operand. */
export function rawSumTo(g: Graph, gradient: Value, dims: Dims): Value {
  if (sameDims(gradient.dims, dims)) return gradient;
  const added = gradient.dims.length - dims.length;
  const axes = gradient.dims.flatMap((d, i) => (i < added || (dims[i - added] === 1 && d !== 1) ? [i] : []));
  return rawReshape(g, axes.length === 0 ? gradient : rawSum(g, gradient, axes, true), dims);
}

export interface GemmOptions {
  readonly transA?: boolean;
  readonly transB?: boolean;
  /** Added to the product; broadcast from a vector of columns. */
  readonly bias?: Value;
}

/** Matrix product of two-dimensional values. */
export function rawGemm(g: Graph, a: Value, b: Value, options: GemmOptions = {}): Value {
  const { transA = false, transB = false, bias } = options;
  const [rows, inner] = transA ? [a.dims[1]!, a.dims[0]!] : [a.dims[0]!, a.dims[1]!];
  const [innerB, columns] = transB ? [b.dims[1]!, b.dims[0]!] : [b.dims[0]!, b.dims[1]!];
  if (a.dims.length !== 2 || b.dims.length !== 2 || inner !== innerB) {
    badShape('matrices that can be multiplied', `[${a.dims.join(', ')}] and [${b.dims.join(', ')}]`);
  }
  return g.emit('Gemm', bias ? [a, b, bias] : [a, b], [rows, columns], {
    transA: transA ? 1 : 0,
    transB: transB ? 1 : 0,
  });
}

/** Batched matrix product over equal leading axes; `transB` swaps the last two axes of `b`, `transA` those of `a`. */
export function rawBatchedProduct(g: Graph, a: Value, b: Value, transA: boolean, transB: boolean): Value {
  const [rows, inner] = transA ? [a.dims.at(-1)!, a.dims.at(-2)!] : [a.dims.at(-2)!, a.dims.at(-1)!];
  const [innerB, columns] = transB ? [b.dims.at(-1)!, b.dims.at(-2)!] : [b.dims.at(-2)!, b.dims.at(-1)!];
  if (inner !== innerB || !sameDims(a.dims.slice(0, -2), b.dims.slice(0, -2))) {
    badShape('batches of matrices that fit', `[${a.dims.join(', ')}] and [${b.dims.join(', ')}]`);
  }
  const dims = [...a.dims.slice(0, -2), rows, columns];
  if (!transA && !transB) return g.emit('MatMul', [a, b], dims);
  const attributes = { transA: transA ? 1 : 0, transB: transB ? 1 : 0 };
  return g.emit('FusedMatMul', [a, b], dims, attributes, 'com.microsoft');
}

export function rawTranspose(g: Graph, a: Value, order: readonly number[]): Value {
  return g.emit(
    'Transpose',
    [a],
    order.map((axis) => a.dims[axis]!),
    { perm: order },
  );
}
