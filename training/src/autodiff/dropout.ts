/**
 * Inverted dropout (Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting",
 * JMLR 15). Which units are kept is fed as a tensor of 0 and 1 / (1 - rate), so that the random numbers stay in
 * TypeScript and a run can be repeated exactly.
 */
import { scale } from './arithmetic.ts';
import type { Graph, Value } from './graph.ts';

/** @param keep broadcast to `x` */
export function dropout(g: Graph, x: Value, keep: Value): Value {
  return scale(g, x, keep);
}

/** Fills `keep` with 0 (probability `rate`) and 1 / (1 - rate). */
export function fillKeep(keep: Float32Array, rate: number, random: () => number): void {
  const kept = 1 / (1 - rate);
  for (let i = 0; i < keep.length; i++) keep[i] = random() < rate ? 0 : kept;
}
