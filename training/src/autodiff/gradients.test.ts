import { describe, expect, it } from 'vitest';
import { relu, sigmoid, tanh } from './activations.ts';
import { add, concat, multiply, reshape, scale, subtract, sum, transpose } from './arithmetic.ts';
import { attentionPooling } from './attention-pooling.ts';
import { type ConvOptions, conv2d } from './conv2d.ts';
import { dropout } from './dropout.ts';
import { type CheckedInput, gradientError } from './gradient-check.ts';
import type { Graph, Value } from './graph.ts';
import { gru } from './gru.ts';
import { linear } from './linear.ts';
import { binaryCrossEntropy, crossEntropy } from './losses.ts';
import { maxPool } from './max-pool.ts';
import { softmax } from './softmax.ts';

type Build = (g: Graph, inputs: readonly Value[]) => Value;

/** Differences in float32 with a step of 0.01 carry errors up to about 1e-4; a wrong factor or term is far above. */
const tolerance = 5e-4;

const shapes = (...dims: number[][]): CheckedInput[] => dims.map((d) => ({ dims: d }));

/** Values at least 0.2 from the kink at 0. */
function awayFromZero(dims: number[]): CheckedInput {
  const count = dims.reduce((a, b) => a * b, 1);
  const data = Float32Array.from(
    { length: count },
    (_, i) => (i % 2 === 0 ? 1 : -1) * (0.2 + ((i * 7) % 11) / 10),
  );
  return { dims, data };
}

const causal = (kernel: number, stride: number): ConvOptions => ({
  strideTime: stride,
  strideFrequency: 2,
  padTime: [kernel - stride, 0],
  padFrequency: [(kernel - 1) / 2, (kernel - 1) / 2],
});
const convolution =
  (options: ConvOptions): Build =>
  (g, [x, kernel, bias]) =>
    conv2d(g, x!, kernel!, bias!, options);
/** Views of six, four and five steps: with two or three a deviation may come near 0, where it has a kink. */
const masks = [
  [0, 0, 0, 0, 0, 0],
  [0, -1e4, 0, 0, -1e4, 0],
  [0, 0, 0, 0, 0, 0],
  [-1e4, 0, 0, 0, 0, 0],
];
const mask = (g: Graph): Value => g.constant(masks.flat(), [2, 2, 6]);

/** Values whose order no small step changes. */
function apart(dims: number[]): CheckedInput {
  const count = dims.reduce((a, b) => a * b, 1);
  return { dims, data: Float32Array.from({ length: count }, (_, i) => ((i * 37) % count) / 5) };
}

const cases: Record<string, readonly [Build, readonly CheckedInput[]]> = {
  'max pooling': [(g, [x]) => maxPool(g, x!), [apart([4, 2, 6, 3])]],
  'max pooling of an odd number of frames and bands': [(g, [x]) => maxPool(g, x!), [apart([5, 2, 7, 2])]],
  'add with broadcasting': [(g, [a, b]) => add(g, a!, b!), shapes([3, 4, 5], [4, 1])],
  'subtract with broadcasting': [(g, [a, b]) => subtract(g, a!, b!), shapes([5], [3, 4, 5])],
  'multiply with broadcasting': [(g, [a, b]) => multiply(g, a!, b!), shapes([3, 4, 5], [3, 1, 5])],
  'a value used twice': [(g, [a]) => multiply(g, a!, add(g, a!, a!)), shapes([7])],
  scale: [(g, [a]) => scale(g, a!, g.scalar(2.5)), shapes([3, 4])],
  reshape: [(g, [a]) => multiply(g, reshape(g, a!, [6, 2]), reshape(g, a!, [6, 2])), shapes([3, 4])],
  transpose: [(g, [a]) => sigmoid(g, transpose(g, a!, [2, 0, 1])), shapes([2, 3, 4])],
  concat: [(g, [a, b]) => tanh(g, concat(g, [a!, b!, a!], 1)), shapes([2, 3], [2, 4])],
  sum: [(g, [a]) => sigmoid(g, sum(g, a!, [0, 2])), shapes([2, 3, 4])],
  relu: [(g, [a]) => relu(g, a!), [awayFromZero([4, 9])]],
  sigmoid: [(g, [a]) => sigmoid(g, a!), shapes([4, 5])],
  tanh: [(g, [a]) => tanh(g, a!), shapes([4, 5])],
  linear: [(g, [x, w, b]) => linear(g, x!, w!, b!), shapes([6, 4], [4, 3], [3])],
  'linear without bias': [(g, [x, w]) => linear(g, x!, w!), shapes([6, 4], [4, 3])],
  softmax: [(g, [a]) => softmax(g, a!), shapes([3, 2, 5])],
  dropout: [(g, [a]) => dropout(g, a!, g.constant([0, 2, 2, 0], [1, 4])), shapes([3, 4])],
  'causal convolution 5x5, stride 2 in time': [
    convolution(causal(5, 2)),
    shapes([8, 2, 16, 1], [5, 5, 1, 4], [4]),
  ],
  'the same, four bands a product': [
    convolution({ ...causal(5, 2), bandsPerProduct: 4 }),
    shapes([8, 2, 16, 1], [5, 5, 1, 4], [4]),
  ],
  'causal convolution 3x3, stride 2 in time': [
    convolution(causal(3, 2)),
    shapes([8, 2, 8, 3], [3, 3, 3, 4], [4]),
  ],
  'causal convolution 3x3, stride 1 in time': [
    convolution(causal(3, 1)),
    shapes([5, 2, 8, 3], [3, 3, 3, 4], [4]),
  ],
  'convolution over odd lengths with uneven padding': [
    convolution({ strideTime: 2, strideFrequency: 3, padTime: [1, 2], padFrequency: [2, 1] }),
    shapes([7, 2, 7, 2], [4, 4, 2, 3], [3]),
  ],
  'convolution of stride 3 with a kernel of 2 in time': [
    convolution({ strideTime: 3, strideFrequency: 1, padTime: [0, 0], padFrequency: [0, 0] }),
    shapes([8, 1, 4, 2], [2, 2, 2, 2], [2]),
  ],
  gru: [
    (g, [x, input, recurrent, inputBias, recurrentBias]) =>
      gru(g, x!, {
        input: input!,
        recurrent: recurrent!,
        inputBias: inputBias!,
        recurrentBias: recurrentBias!,
      }),
    shapes([6, 2, 3], [3, 12], [4, 12], [12], [12]),
  ],
  'attention pooling with views': [
    (g, [values, attention]) => attentionPooling(g, values!, attention!, mask(g)),
    shapes([2, 6, 4], [2, 6]),
  ],
  'cross-entropy with soft and weighted targets': [
    (g, [logits]) => crossEntropy(g, logits!, g.constant([0.2, 0.7, 0.1, 0, 0, 0, 0.1, 0.1, 0.3], [3, 3])),
    shapes([3, 3]),
  ],
  'binary cross-entropy with weights': [
    (g, [logits]) =>
      binaryCrossEntropy(g, logits!, g.constant([0, 1, 0.5, 1], [2, 2]), g.constant([1, 2, 0.5, 0], [2, 2])),
    shapes([2, 2]),
  ],
  'losses summed with coefficients': [
    (g, [a, b]) => {
      const classes = crossEntropy(g, a!, g.constant([1, 0, 0.5, 0.5], [2, 2]));
      const speech = binaryCrossEntropy(g, b!, g.constant([0, 1], [2]), g.constant([1, 1], [2]));
      return add(g, scale(g, classes, g.scalar(0.5)), scale(g, speech, g.scalar(0.3)));
    },
    shapes([2, 2], [2]),
  ],
};

describe('gradients', () => {
  for (const [name, [build, inputs]] of Object.entries(cases)) {
    it(`of ${name} agree with central differences`, async () => {
      const error = await gradientError(build, inputs);
      if (process.env.SHOW_GRADIENT_ERRORS) process.stderr.write(`${error.toExponential(1)} ${name}\n`);
      expect(error).toBeLessThan(tolerance);
    });
  }

  it('that are 1 % off are caught', async () => {
    const broken: Build = (g, [x]) =>
      g.record(g.emit('Tanh', [x!], x!.dims), [x!], (dy) => {
        const y = g.emit('Tanh', [x!], x!.dims);
        const slope = g.emit('Sub', [g.scalar(1.01), g.emit('Mul', [y, y], y.dims)], y.dims);
        return [g.emit('Mul', [dy, slope], y.dims)];
      });
    expect(await gradientError(broken, shapes([4, 5]))).toBeGreaterThan(tolerance);
  });

  it('that leave out one of two paths are caught', async () => {
    const broken: Build = (g, [x]) =>
      g.record(g.emit('Mul', [x!, x!], x!.dims), [x!], (dy) => [g.emit('Mul', [dy, x!], x!.dims)]);
    expect(await gradientError(broken, shapes([4, 5]))).toBeGreaterThan(0.1);
  });

  it('are zero where the output does not depend on the input', async () => {
    expect(await gradientError((g, [a]) => relu(g, a!), [awayFromZero([3]), { dims: [2] }])).toBeLessThan(
      tolerance,
    );
  });

  it('of the wrong shape are refused when the graph is built', async () => {
    const broken: Build = (g, [x]) =>
      g.record(g.emit('Relu', [x!], x!.dims), [x!], (dy) => [g.emit('Neg', [dy], [2])]);
    await expect(gradientError(broken, shapes([3]))).rejects.toThrow('a gradient of shape [3]');
  });
});
