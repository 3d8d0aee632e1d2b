/**
 * Attentive statistics pooling (Okabe, Koshinaka, Shinoda 2018, "Attentive statistics pooling for deep speaker
 * embedding", Interspeech) over several views of the same sequence: each view is an additive mask on the scores.
 */
import { add, concat, multiply, reshape } from './arithmetic.ts';
import type { Graph, Value } from './graph.ts';
import { rawBatchedProduct, rawDivide, rawMultiply, rawSubtract } from './raw.ts';
import { expectDims } from './shape.ts';
import { softmax } from './softmax.ts';

/** Added to a variance before its root; the same number is in the recogniser's pooling. */
export const varianceFloor = 1e-5;

/**
 * With w = softmax over steps of (attention + mask), per view: mean = sum w v, deviation =
 * sqrt(max(sum w v^2 - mean^2, 0) + 1e-5).
 * @param values `[B, T, K]`
 * @param attention `[B, T]`
 * @param mask `[B, V, T]`: 0 for a step that is pooled, -1e4 for one that is not; no gradient flows to it
 * @returns `[B, V, 2K]`: mean, then deviation
 */
export function attentionPooling(g: Graph, values: Value, attention: Value, mask: Value): Value {
  const [batch, steps] = values.dims as [number, number, number];
  expectDims('attention', attention.dims, [batch, steps]);
  expectDims('mask', mask.dims, [batch, -1, steps]);
  const scores = add(g, reshape(g, attention, [batch, 1, steps]), mask);
  const weights = softmax(g, scores);
  const mean = weightedSum(g, weights, values);
  const power = weightedSum(g, weights, multiply(g, values, values));
  return concat(g, [mean, deviation(g, mean, power)], 2);
}

/** `[B, V, T]` by `[B, T, K]` gives `[B, V, K]`. */
function weightedSum(g: Graph, weights: Value, values: Value): Value {
  return g.record(rawBatchedProduct(g, weights, values, false, false), [weights, values], (dy) => [
    rawBatchedProduct(g, dy, values, false, true),
    rawBatchedProduct(g, weights, dy, true, false),
  ]);
}

/** sqrt(max(power - mean^2, 0) + floor); rounding below 0 passes no gradient. */
function deviation(g: Graph, mean: Value, power: Value): Value {
  const dims = mean.dims;
  const difference = rawSubtract(g, power, rawMultiply(g, mean, mean));
  const variance = g.emit('Relu', [difference], dims);
  const floored = g.emit('Add', [variance, g.scalar(varianceFloor)], dims);
  const y = g.emit('Sqrt', [floored], dims);
  return g.record(y, [mean, power], (dy) => {
    const live = rawMultiply(g, dy, g.emit('Sign', [variance], dims));
    const byPower = rawDivide(g, live, rawMultiply(g, y, g.scalar(2)));
    const byMean = rawMultiply(g, byPower, rawMultiply(g, mean, g.scalar(-2)));
    return [byMean, byPower];
  });
}
