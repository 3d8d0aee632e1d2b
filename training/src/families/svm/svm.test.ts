import { InferenceSession as WebSession, Tensor as WebTensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { exportSvm } from '../../export/svm-model.ts';
import * as ort from '../../train/onnx-runtime.ts';
import { selectRows } from '../labelled-rows.ts';
import { syntheticRows } from '../synthetic-rows.ts';
import { KernelMatrix } from './kernel-matrix.ts';
import { classProbabilities } from './pairwise-coupling.ts';
import { fitSigmoid } from './platt.ts';
import { solveTwoClasses } from './solve-two-classes.ts';
import { svmProbabilities } from './svm-model.ts';
import { trainSvm } from './train-svm.ts';

const size = 12;
const rows = syntheticRows(480, size, 4, 3);
const unheard = syntheticRows(200, size, 4, 3, 9);

describe('solveTwoClasses', () => {
  it('finds the widest margin between two points', () => {
    // f = x; the points -1 and 3 lie 4 apart: w = 2 / 4, and f is 0 half way, at 1.
    const kernel = Float32Array.of(1, -3, -3, 9);
    const { coefficients, offset } = solveTwoClasses({
      kernel,
      stride: 2,
      rows: Int32Array.of(0, 1),
      sides: Int8Array.of(-1, 1),
      costs: Float64Array.of(10, 10),
    });
    expect(3 * coefficients[1]! - coefficients[0]!).toBeCloseTo(0.5, 6);
    expect(offset).toBeCloseTo(0.5, 6);
  });

  it('satisfies the conditions of the optimum: margins of free vectors are 1, others on their side', async () => {
    const two = selectRows(
      rows,
      [...rows.labels.keys()].filter((row) => rows.labels[row]! < 2),
    );
    const n = two.labels.length;
    const kernels = await KernelMatrix.open();
    const scaled = two.values.map((x, i) => (x - 10 * (i % size)) / (1 + (i % size)));
    const kernel = await kernels.compute(scaled, scaled, size, { kind: 'rbf', gamma: 0.05 });
    await kernels.close();
    const sides = Int8Array.from(two.labels, (label) => (label === 0 ? 1 : -1));
    const costs = new Float64Array(n).fill(2);
    const all = Int32Array.from(two.labels.keys());
    const { coefficients, offset } = solveTwoClasses({ kernel, stride: n, rows: all, sides, costs });
    expect(coefficients.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 9);
    let free = 0;
    for (let i = 0; i < n; i++) {
      let f = -offset;
      for (let k = 0; k < n; k++) f += coefficients[k]! * kernel[i * n + k]!;
      const margin = sides[i]! * f;
      const alpha = coefficients[i]! * sides[i]!;
      expect(alpha).toBeGreaterThanOrEqual(0);
      expect(alpha).toBeLessThanOrEqual(2);
      if (alpha === 0) expect(margin).toBeGreaterThan(1 - 2e-3);
      else if (alpha === 2) expect(margin).toBeLessThan(1 + 2e-3);
      else {
        free++;
        expect(Math.abs(margin - 1)).toBeLessThan(2e-3);
      }
    }
    expect(free).toBeGreaterThan(5);
  });
});

describe('KernelMatrix', () => {
  it('equals the sums written out', async () => {
    const kernels = await KernelMatrix.open();
    const a = rows.values.subarray(0, 5 * size).map((x) => x / 50);
    const b = rows.values.subarray(7 * size, 10 * size).map((x) => x / 50);
    const gaussian = await kernels.compute(a, b, size, { kind: 'rbf', gamma: 0.1 });
    const linear = await kernels.compute(a, b, size, { kind: 'linear' });
    await kernels.close();
    for (let i = 0; i < 5; i++) {
      for (let j = 0; j < 3; j++) {
        let [distance, product] = [0, 0];
        for (let d = 0; d < size; d++) {
          distance += (a[i * size + d]! - b[j * size + d]!) ** 2;
          product += a[i * size + d]! * b[j * size + d]!;
        }
        expect(gaussian[i * 3 + j]).toBeCloseTo(Math.exp(-0.1 * distance), 5);
        expect(linear[i * 3 + j]).toBeCloseTo(product, 4);
      }
    }
  });
});

describe('probabilities', () => {
  it('finds the sigmoid that decision values were drawn from', () => {
    const decisions = Float64Array.from({ length: 4000 }, (_, i) => ((i % 100) - 50) / 20);
    // Of each value as many of the positive side as p = 1 / (1 + exp(-2 f + 0.5)) says.
    const sides = decisions.map((f, i) =>
      Math.floor(i / 100) + 0.5 < 40 / (1 + Math.exp(-2 * f + 0.5)) ? 1 : -1,
    );
    const { a, b } = fitSigmoid(decisions, sides);
    expect(Math.abs(a + 2)).toBeLessThan(0.1);
    expect(Math.abs(b - 0.5)).toBeLessThan(0.1);
  });

  it('recovers the classes from pairs that agree', () => {
    const truth = [0.5, 0.2, 0.3];
    const decisions = [
      [0, 1],
      [0, 2],
      [1, 2],
    ].map(([i, j]) => Math.log(truth[i!]! / truth[j!]!));
    const p = classProbabilities(decisions, new Array(3).fill({ a: -1, b: 0 }), 3);
    for (const [c, expected] of truth.entries()) expect(Math.abs(p[c]! - expected)).toBeLessThan(5e-3);
  });
});

describe.each([{ kind: 'linear' }, { kind: 'rbf', gamma: 1 / size }] as const)('an SVM, $kind', (kernel) => {
  it('names new rows, and its export agrees with it in Node and in the browser runtime', async () => {
    const model = await trainSvm(rows, { kernel, cost: 1, folds: 4, seed: 1 });
    const bytes = exportSvm(model);
    const count = unheard.labels.length;
    const node = await ort.InferenceSession.create(bytes);
    const web = await WebSession.create(bytes);
    const inNode = await node.run({
      functionals: new ort.Tensor('float32', unheard.values, [count, size]),
    });
    const inWeb = await web.run({ functionals: new WebTensor('float32', unheard.values, [count, size]) });
    await node.release();
    let hits = 0;
    let worst = 0;
    for (let i = 0; i < count; i++) {
      const own = svmProbabilities(model, unheard.values.subarray(i * size, (i + 1) * size));
      expect(own.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      if (own.indexOf(Math.max(...own)) === unheard.labels[i]) hits++;
      for (const [c, p] of own.entries()) {
        for (const { probabilities } of [inNode, inWeb]) {
          worst = Math.max(worst, Math.abs((probabilities!.data as Float32Array)[i * 4 + c]! - p));
        }
      }
    }
    expect(worst).toBeLessThan(1e-5);
    expect(hits / count).toBeGreaterThan(0.8);
  });
});

it('refuses functionals that are not numbers, naming where', async () => {
  const values = rows.values.slice();
  values[3 * size + 2] = Number.NaN;
  const options = { kernel: { kind: 'linear' }, cost: 1, folds: 2, seed: 1 } as const;
  await expect(trainSvm({ ...rows, values }, options)).rejects.toThrow('NaN in row 3, column 2');
  const labels = rows.labels.map((label) => Math.min(label, 2));
  await expect(trainSvm({ ...rows, labels }, options)).rejects.toThrow('none of class 3');
});

it('refuses rows of which nobody can be held out', async () => {
  const options = { kernel: { kind: 'linear' }, cost: 1, folds: 2, seed: 1 } as const;
  const alone = { ...rows, speakers: new Int32Array(rows.speakers.length) };
  await expect(trainSvm(alone, options)).rejects.toThrow('Expected rows of at least 2 speakers; found 1.');
  const one = { ...rows, labels: new Int32Array(rows.labels.length), classes: 1 };
  await expect(trainSvm(one, options)).rejects.toThrow('Expected rows of at least 2 classes; found 1.');
  // Class 0 is one speaker's: held out, nothing of it is left to learn from, and otherwise nothing to be judged.
  const lonely = {
    ...rows,
    speakers: rows.speakers.map((speaker, i) => (rows.labels[i] === 0 ? 99 : speaker)),
  };
  await expect(trainSvm(lonely, options)).rejects.toThrow('found one class only. Take more folds (svmFolds)');
});
