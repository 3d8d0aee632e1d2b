/**
 * Trains a random forest on windows. Each tree draws speakers with replacement, each with all rows, so that the rows a
 * tree has not seen are by people it has not heard, and the out-of-bag score says what new speakers may expect.
 */
import { UndertoneError } from '@undertone/core';
import { Random } from '../../data/random.ts';
import { argmax } from '../../evaluate/metrics.ts';
import { checkRows, type LabelledRows } from '../labelled-rows.ts';
import { binRows } from './binned-rows.ts';
import { type ForestModel, leafOf, type Tree } from './forest-model.ts';
import { TreeGrower, type TreeOptions } from './grow-tree.ts';

export interface ForestOptions extends TreeOptions {
  readonly trees: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((treesDone: number, trees: number) => void) | undefined;
}

export interface TrainedForest {
  readonly forest: ForestModel;
  /** Unweighted average recall of rows judged by the trees that have not heard their speaker; NaN where there are none. */
  readonly outOfBagUar: number;
}

/** @throws UndertoneError `bad_parameter` for rows that cannot be learned from, `aborted` */
export async function trainForest(rows: LabelledRows, options: ForestOptions): Promise<TrainedForest> {
  checkRows(rows);
  const binned = binRows(rows);
  const { labels, classes } = rows;
  const classWeights = balancedWeights(rows);
  const outOfBag = new OutOfBag(rows);
  const trees: Tree[] = [];
  for (let n = 0; n < options.trees; n++) {
    if (options.signal?.aborted) throw new UndertoneError('aborted', 'Stopped while growing the forest.');
    const random = new Random(options.seed, 'tree', n);
    const draws = drawSpeakers(rows.speakers, random);
    const tree = new TreeGrower({ ...binned, labels, classes, draws, classWeights }, options, random).grow();
    trees.push(tree);
    outOfBag.add(tree, draws);
    options.onProgress?.(n + 1, options.trees);
    // Lets signals and progress through.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { forest: { size: rows.size, classes, trees }, outOfBagUar: outOfBag.uar() };
}

function balancedWeights({ labels, classes }: LabelledRows): Float64Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label] = counts[label]! + 1;
  return counts.map((count) => labels.length / (classes * count));
}

/** `[N]` how often each row's speaker was drawn. */
function drawSpeakers(speakers: Int32Array, random: Random): Uint16Array {
  const all = [...new Set(speakers)].sort((a, b) => a - b);
  const drawn = new Map<number, number>();
  for (let n = 0; n < all.length; n++) {
    const speaker = random.pick(all);
    drawn.set(speaker, (drawn.get(speaker) ?? 0) + 1);
  }
  return Uint16Array.from(speakers, (speaker) => drawn.get(speaker) ?? 0);
}

class OutOfBag {
  readonly #rows: LabelledRows;
  readonly #sums: Float64Array;
  readonly #judged: Uint8Array;

  constructor(rows: LabelledRows) {
    this.#rows = rows;
    this.#sums = new Float64Array(rows.labels.length * rows.classes);
    this.#judged = new Uint8Array(rows.labels.length);
  }

  add(tree: Tree, draws: Uint16Array): void {
    const { values, size, classes } = this.#rows;
    for (let row = 0; row < draws.length; row++) {
      if (draws[row]! > 0) continue;
      const leaf = leafOf(tree, values, row * size);
      this.#judged[row] = 1;
      for (let c = 0; c < classes; c++) {
        const at = row * classes + c;
        this.#sums[at] = this.#sums[at]! + tree.shares[leaf * classes + c]!;
      }
    }
  }

  uar(): number {
    const { labels, classes } = this.#rows;
    const hits = new Float64Array(classes);
    const totals = new Float64Array(classes);
    for (const [row, label] of labels.entries()) {
      if (this.#judged[row] === 0) continue;
      totals[label] = totals[label]! + 1;
      const best = argmax(this.#sums.subarray(row * classes, (row + 1) * classes));
      if (best === label) hits[label] = hits[label]! + 1;
    }
    return hits.reduce((sum, hit, c) => sum + hit / totals[c]!, 0) / classes;
  }
}
