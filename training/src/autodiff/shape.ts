/** Arithmetic on tensor shapes. */
import { UndertoneError } from '@undertone/core';

export type Dims = readonly number[];

/** Number of elements of a tensor; 1 for a scalar. */
export function elementCount(dims: Dims): number {
  return dims.reduce((product, d) => product * d, 1);
}

export function sameDims(a: Dims, b: Dims): boolean {
  return a.length === b.length && a.every((d, i) => d === b[i]);
}

/** Shape of an element-wise operation by the broadcasting rule of ONNX and NumPy. */
export function broadcastDims(a: Dims, b: Dims): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const da = a[i - (rank - a.length)] ?? 1;
    const db = b[i - (rank - b.length)] ?? 1;
    if (da !== db && da !== 1 && db !== 1) {
      badShape('shapes that broadcast', `[${a.join(', ')}] and [${b.join(', ')}]`);
    }
    return Math.max(da, db);
  });
}

export function badShape(expected: string, found: string): never {
  throw new UndertoneError('bad_parameter', `Expected ${expected}; found ${found}.`);
}

/** Refuses a tensor whose shape differs; a negative entry of `expected` stands for any length. */
export function expectDims(what: string, found: Dims, expected: Dims): void {
  if (found.length === expected.length && expected.every((d, i) => d < 0 || d === found[i])) return;
  const shown = expected.map((d) => (d < 0 ? '?' : d)).join(', ');
  badShape(`${what} of shape [${shown}]`, `[${found.join(', ')}]`);
}
