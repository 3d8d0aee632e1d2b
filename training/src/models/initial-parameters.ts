/**
 * First values of the parameters: He et al. 2015 ("Delving deep into rectifiers", ICCV) before a ReLU, Glorot and
 * Bengio 2010 (AISTATS 9) elsewhere, orthogonal recurrent matrices (Saxe et al. 2014, ICLR), zero biases.
 */
import { seededNormal, seededRandom } from '../train/seeded-random.ts';
import type { StreamingModelConfig } from './model-config.ts';
import type { ParameterSpec } from './parameter-layout.ts';
import { streamingModelLayout } from './streaming-model.ts';

/** @returns the flat parameter vector; the same for the same configuration and seed */
export function initialParameters(config: StreamingModelConfig, seed: number): Float32Array {
  const layout = streamingModelLayout(config);
  const flat = new Float32Array(layout.size);
  for (const [i, spec] of layout.specs.entries()) {
    if (spec.kind === 'bias') continue;
    const normal = seededNormal(seededRandom(seed, i));
    const values = layout.view(flat, spec.name);
    if (spec.name === 'gru.recurrent') fillOrthogonal(values, config.gruSize, normal);
    else fillNormal(values, deviation(spec), normal);
  }
  return flat;
}

function deviation(spec: ParameterSpec): number {
  const fanOut = spec.dims.at(-1)!;
  const fanIn = spec.dims.slice(0, -1).reduce((product, d) => product * d, 1);
  const beforeRelu = /^(conv|bands|pitch)/.test(spec.name);
  if (beforeRelu) return Math.sqrt(2 / fanIn);
  // A gate's matrix is a third of the columns.
  const gateOut = spec.name === 'gru.input' ? fanOut / 3 : fanOut;
  return Math.sqrt(2 / (fanIn + gateOut));
}

function fillNormal(values: Float32Array, scale: number, normal: () => number): void {
  for (let i = 0; i < values.length; i++) values[i] = normal() * scale;
}

/** `[H, 3H]`: each gate's H columns are orthonormal (Gram and Schmidt, twice for accuracy). */
function fillOrthogonal(values: Float32Array, hidden: number, normal: () => number): void {
  for (let gate = 0; gate < 3; gate++) {
    const columns: Float64Array[] = [];
    for (let n = 0; n < hidden; n++) {
      const column = Float64Array.from({ length: hidden }, normal);
      for (const earlier of [...columns, ...columns]) {
        const overlap = dot(earlier, column);
        for (let i = 0; i < hidden; i++) column[i]! -= overlap * earlier[i]!;
      }
      const norm = Math.sqrt(dot(column, column));
      for (let i = 0; i < hidden; i++) {
        column[i]! /= norm;
        values[i * 3 * hidden + gate * hidden + n] = column[i]!;
      }
      columns.push(column);
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
