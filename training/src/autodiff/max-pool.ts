/** Largest of each two by two neighbours in time and frequency, on `[T, B, F, C]`. */
import type { Graph, Value } from './graph.ts';
import { rawMultiply, rawPad, rawReshape, rawSlice } from './raw.ts';
import { expectDims } from './shape.ts';

/**
 * Of neighbours that are equal all get the gradient; after a ReLU these are the zeros, where it ends anyway.
 * @returns `[floor(T / 2), B, floor(F / 2), C]`
 */
export function maxPool(g: Graph, x: Value): Value {
  expectDims('input', x.dims, [-1, -1, -1, -1]);
  const [frames, batch, bands, channels] = x.dims as [number, number, number, number];
  const [t, f] = [Math.floor(frames / 2), Math.floor(bands / 2)];
  const whole = rawSlice(g, rawSlice(g, x, 0, 0, 2 * t), 2, 0, 2 * f);
  const pairs = rawReshape(g, whole, [t, 2, batch, f, 2, channels]);
  const largest = g.emit('ReduceMax', [pairs], [t, 1, batch, f, 1, channels], { axes: [1, 4], keepdims: 1 });
  const y = rawReshape(g, largest, [t, batch, f, channels]);
  return g.record(y, [x], (dy) => {
    const isLargest = g.emit('Cast', [g.emit('Equal', [pairs, largest], pairs.dims)], pairs.dims, { to: 1 });
    const spread = rawMultiply(g, isLargest, rawReshape(g, dy, largest.dims));
    const dx = rawReshape(g, spread, [2 * t, batch, 2 * f, channels]);
    return [rawPad(g, dx, [0, 0, 0, 0], [frames - 2 * t, 0, bands - 2 * f, 0])];
  });
}
