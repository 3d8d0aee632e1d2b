import { describe, expect, it } from 'vitest';
import { GraphSession } from '../train/graph-session.ts';
import { seededNormal, seededRandom } from '../train/seeded-random.ts';
import { attentionPooling } from './attention-pooling.ts';
import { type ConvOptions, conv2d } from './conv2d.ts';
import { fillKeep } from './dropout.ts';
import { Graph, type Value } from './graph.ts';
import { gru } from './gru.ts';
import { binaryCrossEntropy, crossEntropy } from './losses.ts';
import { maxPool } from './max-pool.ts';
import { encodeModel } from './onnx-writer.ts';
import { elementCount } from './shape.ts';

const normal = seededNormal(seededRandom(3));

/** Runs an operation on random inputs; returns these and the output. */
async function evaluate(
  dims: readonly (readonly number[])[],
  build: (g: Graph, inputs: readonly Value[]) => Value,
): Promise<{ inputs: Float32Array[]; y: Float32Array; dims: readonly number[] }> {
  const g = new Graph();
  const values = dims.map((d, i) => g.input(`x${i}`, d));
  const y = build(g, values);
  const inputs = dims.map((d) => Float32Array.from({ length: elementCount(d) }, normal));
  const session = await GraphSession.open({ model: encodeModel(g.spec('forward', { y })), inputs: g.inputs });
  const out = await session.run(Object.fromEntries(inputs.map((data, i) => [`x${i}`, data])));
  await session.close();
  return { inputs, y: out.y!, dims: y.dims };
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 2e-6): void {
  expect(found.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(found[i]! - expected[i]!)).toBeLessThan(tolerance * (1 + Math.abs(expected[i]!)));
  }
}

/** The definition, term by term. */
function directConvolution(
  [x, kernel, bias]: readonly Float32Array[],
  [T, B, F, C]: readonly number[],
  [kt, kf, , O]: readonly number[],
  options: ConvOptions,
): number[] {
  const { strideTime, strideFrequency, padTime, padFrequency } = options;
  const frames = Math.floor((T! + padTime[0] + padTime[1] - kt!) / strideTime) + 1;
  const bands = Math.floor((F! + padFrequency[0] + padFrequency[1] - kf!) / strideFrequency) + 1;
  const out: number[] = [];
  for (let t = 0; t < frames; t++)
    for (let b = 0; b < B!; b++)
      for (let f = 0; f < bands; f++)
        for (let o = 0; o < O!; o++) {
          let sum = bias![o]!;
          for (let i = 0; i < kt!; i++)
            for (let j = 0; j < kf!; j++) {
              const time = t * strideTime + i - padTime[0];
              const band = f * strideFrequency + j - padFrequency[0];
              if (time < 0 || time >= T! || band < 0 || band >= F!) continue;
              for (let c = 0; c < C!; c++)
                sum +=
                  x![((time * B! + b) * F! + band) * C! + c]! * kernel![((i * kf! + j) * C! + c) * O! + o]!;
            }
          out.push(sum);
        }
  return out;
}

describe('conv2d', () => {
  const cases: readonly [string, readonly number[], readonly number[], ConvOptions][] = [
    [
      'causal 5x5',
      [8, 2, 16, 1],
      [5, 5, 1, 3],
      { strideTime: 2, strideFrequency: 2, padTime: [3, 0], padFrequency: [2, 2] },
    ],
    [
      'causal 5x5, four bands a product',
      [8, 2, 16, 1],
      [5, 5, 1, 3],
      { strideTime: 2, strideFrequency: 2, padTime: [3, 0], padFrequency: [2, 2], bandsPerProduct: 4 },
    ],
    [
      'causal 3x3',
      [6, 2, 8, 3],
      [3, 3, 3, 4],
      { strideTime: 1, strideFrequency: 2, padTime: [2, 0], padFrequency: [1, 1] },
    ],
    [
      'uneven',
      [7, 2, 7, 2],
      [4, 4, 2, 3],
      { strideTime: 2, strideFrequency: 3, padTime: [1, 2], padFrequency: [2, 1] },
    ],
    [
      'unpadded',
      [5, 1, 5, 2],
      [2, 3, 2, 2],
      { strideTime: 1, strideFrequency: 1, padTime: [0, 0], padFrequency: [0, 0] },
    ],
  ];
  for (const [name, xDims, kernelDims, options] of cases) {
    it(`computes the definition (${name})`, async () => {
      const { inputs, y } = await evaluate([xDims, kernelDims, [kernelDims[3]!]], (g, [x, kernel, bias]) =>
        conv2d(g, x!, kernel!, bias!, options),
      );
      expectClose(y, directConvolution(inputs, xDims, kernelDims, options), 5e-6);
    });
  }

  it('refuses a kernel that does not fit', async () => {
    const options = { strideTime: 1, strideFrequency: 1, padTime: [0, 0], padFrequency: [0, 0] } as const;
    const build = (g: Graph, [x, kernel, bias]: readonly Value[]): Value =>
      conv2d(g, x!, kernel!, bias!, options);
    await expect(evaluate([[4, 1, 4, 2], [3, 3, 1, 2], [2]], build)).rejects.toThrow(
      'kernel of shape [?, ?, 2, ?]',
    );
    await expect(evaluate([[2, 1, 4, 2], [3, 3, 2, 2], [2]], build)).rejects.toThrow(
      'frames for a kernel of 3',
    );
  });
});

describe('gru', () => {
  it("agrees with ONNX Runtime's own GRU", async () => {
    const [T, B, I, H] = [7, 2, 3, 4];
    const own = await evaluate(
      [[T, B, I], [I, 3 * H], [H, 3 * H], [3 * H], [3 * H]],
      (g, [x, w, r, bw, br]) => {
        const ours = gru(g, x!, { input: w!, recurrent: r!, inputBias: bw!, recurrentBias: br! });
        const turned = (m: Value, rows: number): Value =>
          g.emit(
            'Reshape',
            [g.emit('Transpose', [m], [3 * H, rows], { perm: [1, 0] }), g.integers([1, 3 * H, rows])],
            [1, 3 * H, rows],
          );
        const bias = g.emit(
          'Reshape',
          [g.emit('Concat', [bw!, br!], [6 * H], { axis: 0 }), g.integers([1, 6 * H])],
          [1, 6 * H],
        );
        const theirs = g.emit('GRU', [x!, turned(w!, I), turned(r!, H), bias], [T, 1, B, H], {
          hidden_size: H,
          linear_before_reset: 1,
        });
        const flat = g.emit('Reshape', [theirs, g.integers([T, B, H])], [T, B, H]);
        return g.emit('Concat', [ours, flat], [2 * T, B, H], { axis: 0 });
      },
    );
    const half = own.y.length / 2;
    expectClose(own.y.subarray(0, half), own.y.subarray(half));
  });
});

describe('attentionPooling', () => {
  it('gives the weighted mean and deviation of the steps that a view lets through', async () => {
    const mask = [0, 0, 0, -1e4, 0, -1e4];
    const { inputs, y } = await evaluate(
      [
        [1, 3, 2],
        [1, 3],
      ],
      (g, [values, attention]) => attentionPooling(g, values!, attention!, g.constant(mask, [1, 2, 3])),
    );
    const [v, a] = inputs as [Float32Array, Float32Array];
    const expected: number[] = [];
    for (const steps of [[0, 1, 2], [1]]) {
      const total = steps.reduce((s, t) => s + Math.exp(a[t]!), 0);
      const mean = (k: number, power: number): number =>
        steps.reduce((s, t) => s + (Math.exp(a[t]!) / total) * v[2 * t + k]! ** power, 0);
      expected.push(mean(0, 1), mean(1, 1));
      for (const k of [0, 1]) expected.push(Math.sqrt(Math.max(mean(k, 2) - mean(k, 1) ** 2, 0) + 1e-5));
    }
    // The second view holds one step: its deviation is the root of the floor, up to cancellation.
    expectClose(y.subarray(0, 6), expected.slice(0, 6), 1e-5);
    expectClose(y.subarray(6), expected.slice(6), 1e-4);
  });
});

describe('losses', () => {
  it('cross-entropy sums rows by their weight and ignores rows of zeros', async () => {
    const { inputs, y } = await evaluate([[3, 2]], (g, [x]) =>
      crossEntropy(g, x!, g.constant([1, 0, 0.25, 0.25, 0, 0], [3, 2])),
    );
    const [x] = inputs as [Float32Array];
    const logSum = (row: number): number => Math.log(Math.exp(x[2 * row]!) + Math.exp(x[2 * row + 1]!));
    const expected = logSum(0) - x[0]! + 0.25 * (2 * logSum(1) - x[2]! - x[3]!);
    expectClose(y, [expected]);
  });

  it('binary cross-entropy stays finite for any logit', async () => {
    const { y } = await evaluate([[1]], (g, [x]) => {
      const logits = g.emit('Add', [g.emit('Mul', [x!, g.scalar(0)], [1]), g.constant([1000], [1])], [1]);
      return binaryCrossEntropy(g, logits, g.constant([0], [1]), g.constant([2], [1]));
    });
    expectClose(y, [2000]);
  });
});

describe('maxPool', () => {
  it('takes the largest of two by two neighbours and leaves an odd end out', async () => {
    const { inputs, y, dims } = await evaluate([[5, 2, 7, 3]], (g, [x]) => maxPool(g, x!));
    expect(dims).toEqual([2, 2, 3, 3]);
    const at = (t: number, b: number, f: number, c: number): number =>
      inputs[0]![((t * 2 + b) * 7 + f) * 3 + c]!;
    for (const [i, found] of y.entries()) {
      const [c, f, b, t] = [i % 3, Math.floor(i / 3) % 3, Math.floor(i / 9) % 2, Math.floor(i / 18)];
      const window = [0, 1].flatMap((dt) => [0, 1].map((df) => at(2 * t + dt, b, 2 * f + df, c)));
      expect(found).toBe(Math.max(...window));
    }
  });
});

describe('fillKeep', () => {
  it('drops the given share and scales up the rest', () => {
    const keep = new Float32Array(20000);
    fillKeep(keep, 0.3, seededRandom(1));
    const dropped = keep.filter((k) => k === 0).length / keep.length;
    expect(dropped).toBeGreaterThan(0.28);
    expect(dropped).toBeLessThan(0.32);
    expect(new Set(keep)).toEqual(new Set([0, Math.fround(1 / 0.7)]));
  });
});
