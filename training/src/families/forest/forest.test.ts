import { InferenceSession as WebSession, Tensor as WebTensor } from 'onnxruntime-web';
import { describe, expect, it } from 'vitest';
import { Random } from '../../data/random.ts';
import { exportForest } from '../../export/forest-model.ts';
import * as ort from '../../train/onnx-runtime.ts';
import { syntheticRows } from '../synthetic-rows.ts';
import { binRows } from './binned-rows.ts';
import { forestProbabilities } from './forest-model.ts';
import { TreeGrower } from './grow-tree.ts';
import { trainForest } from './train-forest.ts';

const size = 12;
const rows = syntheticRows(600, size, 4, 3);
const unheard = syntheticRows(200, size, 4, 3, 9);
const options = { trees: 60, depth: 12, leafRows: 3, columns: 4, seed: 1 };

describe('binRows', () => {
  it('puts a value at a cut on the side that a comparison with the cut does', () => {
    const { bins, cuts } = binRows(rows);
    const count = rows.labels.length;
    const wrong: number[][] = [];
    for (let d = 0; d < size; d++) {
      for (const [k, cut] of cuts[d]!.entries()) {
        for (let i = 0; i < count; i += 7) {
          if (bins[d * count + i]! <= k !== rows.values[i * size + d]! <= cut) wrong.push([d, k, i]);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('keeps neighbouring floats apart, and has no cut in a column that never changes', () => {
    const near = 1 + 2 ** -23;
    const values = Float32Array.from({ length: 8 }, (_, i) => (i % 2 === 1 ? 5 : i < 4 ? 1 : near));
    const two = { ...syntheticRows(4, 2, 2, 1), values, labels: Int32Array.of(0, 0, 1, 1) };
    const { bins, cuts } = binRows(two);
    expect(cuts[1]).toHaveLength(0);
    expect([...bins.subarray(0, 4)]).toEqual([0, 0, 1, 1]);
    expect(cuts[0]![0]).toBe(1);
  });
});

describe('TreeGrower', () => {
  it('asks for the one column that matters, first', () => {
    const random = new Random(3);
    const values = Float32Array.from({ length: 300 }, () => random.normal());
    const labels = Int32Array.from({ length: 100 }, (_, i) => Number(values[3 * i + 1]! > 0.2));
    const labelled = { ...syntheticRows(100, 3, 2, 1), values, labels };
    const tree = new TreeGrower(
      {
        ...binRows(labelled),
        labels,
        classes: 2,
        draws: new Uint16Array(100).fill(1),
        classWeights: Float64Array.of(1, 1),
      },
      { depth: 8, leafRows: 1, columns: 3 },
      random,
    ).grow();
    expect(tree.columns[0]).toBe(1);
    // One question parts the classes.
    expect([...tree.columns]).toEqual([1, -1, -1]);
    expect(tree.thresholds[0]).toBeCloseTo(0.2, 1);
  });
});

describe('a forest', () => {
  it('names new rows, and its export agrees with it in Node and in the browser runtime', async () => {
    const { forest, outOfBagUar } = await trainForest(rows, options);
    const bytes = exportForest(forest);
    const count = unheard.labels.length;
    // Rows on the thresholds themselves: <= must stay <=.
    const values = unheard.values.slice();
    for (let i = 0; i < count; i++) {
      const tree = forest.trees[i % forest.trees.length]!;
      if (tree.columns[0]! >= 0) values[i * size + tree.columns[0]!] = tree.thresholds[0]!;
    }
    const node = await ort.InferenceSession.create(bytes);
    const web = await WebSession.create(bytes);
    let hits = 0;
    let worst = 0;
    for (const data of [unheard.values, values]) {
      const inNode = await node.run({ functionals: new ort.Tensor('float32', data, [count, size]) });
      const inWeb = await web.run({ functionals: new WebTensor('float32', data, [count, size]) });
      for (let i = 0; i < count; i++) {
        const own = forestProbabilities(forest, data.subarray(i * size, (i + 1) * size));
        if (data === unheard.values && own.indexOf(Math.max(...own)) === unheard.labels[i]) hits++;
        for (const [c, p] of own.entries()) {
          for (const { probabilities } of [inNode, inWeb]) {
            worst = Math.max(worst, Math.abs((probabilities!.data as Float32Array)[i * 4 + c]! - p));
          }
        }
      }
    }
    await node.release();
    expect(worst).toBeLessThan(1e-5);
    expect(hits / count).toBeGreaterThan(0.75);
    expect(Math.abs(outOfBagUar - hits / count)).toBeLessThan(0.1);
  });

  it('refuses one speaker, of whom nothing can be held out', async () => {
    const alone = { ...rows, speakers: new Int32Array(rows.speakers.length) };
    await expect(trainForest(alone, options)).rejects.toThrow('rows of at least 2 speakers; found 1.');
  });

  it('is the same for the same seed, and chance on rows that say nothing', async () => {
    const small = { ...options, trees: 10 };
    const [a, b] = [await trainForest(rows, small), await trainForest(rows, small)];
    expect(a).toEqual(b);
    const nothing = syntheticRows(600, size, 4, 0);
    const { outOfBagUar } = await trainForest(nothing, small);
    expect(Math.abs(outOfBagUar - 0.25)).toBeLessThan(0.07);
  });
});
