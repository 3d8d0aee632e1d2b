/** Compares the gradient that a graph emits with central differences of its forward pass. */
import { GraphSession } from '../train/graph-session.ts';
import { seededNormal, seededRandom } from '../train/seeded-random.ts';
import { Graph, type Value } from './graph.ts';
import { encodeModel } from './onnx-writer.ts';
import { type Dims, elementCount } from './shape.ts';

export interface CheckedInput {
  readonly dims: Dims;
  /** Standard normal values if absent. */
  readonly data?: Float32Array;
}

export interface GradientCheckOptions {
  /** Random directions for each input. */
  readonly directions?: number;
  /** Half the distance of the inner pair of points, along a direction of root mean square 1. */
  readonly step?: number;
  readonly seed?: number;
}

/**
 * The output is projected on random weights, L = sum r y, in float64. Per input x and random direction d, the five-point
 * central difference of L(x + e d) is compared with the gradient's product with d.
 * @param build appends the operation under test
 * @returns the largest error relative to the expected size of such a product, over inputs and directions
 */
export async function gradientError(
  build: (g: Graph, inputs: readonly Value[]) => Value,
  inputs: readonly CheckedInput[],
  options: GradientCheckOptions = {},
): Promise<number> {
  const { directions = 4, step = 0.01, seed = 1 } = options;
  const normal = seededNormal(seededRandom(seed));
  const g = new Graph();
  const values = inputs.map((input, i) => g.input(`x${i}`, input.dims));
  const y = build(g, values);
  const seedInput = g.input('seed', y.dims);
  const gradients = g.gradients(y, values, seedInput);
  const outputs = Object.fromEntries([['y', y] as const, ...gradients.map((d, i) => [`d${i}`, d] as const)]);
  const session = await GraphSession.open({ model: encodeModel(g.spec('check', outputs)), inputs: g.inputs });
  try {
    const draw = (count: number): Float32Array => Float32Array.from({ length: count }, normal);
    const weights = draw(elementCount(y.dims));
    const feeds: Record<string, Float32Array> = { seed: weights };
    for (const [i, input] of inputs.entries()) feeds[`x${i}`] = input.data ?? draw(elementCount(input.dims));
    const analytic = await session.run(feeds);

    let worst = 0;
    for (const i of inputs.keys()) {
      const name = `x${i}`;
      const x = feeds[name]!;
      const gradient = analytic[`d${i}`]!;
      const scale = Math.sqrt(dot(gradient, gradient)) + 1e-12;
      for (let n = 0; n < directions; n++) {
        const direction = draw(x.length);
        const at = async (e: number): Promise<number> => {
          const moved = x.map((value, k) => value + e * direction[k]!);
          const out = await session.run({ ...feeds, [name]: moved });
          return dot(weights, out.y!);
        };
        const inner = (await at(step)) - (await at(-step));
        const outer = (await at(2 * step)) - (await at(-2 * step));
        const numeric = (8 * inner - outer) / (12 * step);
        worst = Math.max(worst, Math.abs(numeric - dot(gradient, direction)) / scale);
      }
    }
    return worst;
  } finally {
    await session.close();
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
