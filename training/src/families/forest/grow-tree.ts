/**
 * Grows one classification tree (Breiman 2001, "Random forests", Machine Learning 45): at each node a few columns are
 * drawn, and the cut with the least Gini impurity is taken.
 */
import type { Random } from '../../data/random.ts';
import type { BinnedRows } from './binned-rows.ts';
import type { Tree } from './forest-model.ts';

export interface TreeOptions {
  readonly depth: number;
  /** Rows that a leaf has at least. */
  readonly leafRows: number;
  /** Columns drawn at a node. */
  readonly columns: number;
}

export interface TreeRows extends BinnedRows {
  readonly labels: Int32Array;
  readonly classes: number;
  /** `[N]` how often a row was drawn. */
  readonly draws: Uint16Array;
  /** `[classes]` weight of a row of each class. */
  readonly classWeights: Float64Array;
}

const mostBins = 256;

interface Open {
  readonly node: number;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

interface Split {
  readonly column: number;
  /** Rows of this bin and below go left. */
  readonly bin: number;
}

export class TreeGrower {
  readonly #rows: TreeRows;
  readonly #options: TreeOptions;
  readonly #random: Random;
  /** Drawn rows; those of a node are neighbours. */
  readonly #order: Int32Array;
  readonly #columnOrder: Int32Array;
  /** `[bins, classes]` weights, then `[bins]` rows, of one column. */
  readonly #weights: Float64Array;
  readonly #counts: Float64Array = new Float64Array(mostBins);

  constructor(rows: TreeRows, options: TreeOptions, random: Random) {
    this.#rows = rows;
    this.#options = options;
    this.#random = random;
    this.#order = Int32Array.from(rows.labels.keys()).filter((row) => rows.draws[row]! > 0);
    this.#columnOrder = Int32Array.from(rows.cuts.keys());
    this.#weights = new Float64Array(mostBins * rows.classes);
  }

  grow(): Tree {
    const { classes, cuts } = this.#rows;
    const columns: number[] = [];
    const thresholds: number[] = [];
    const left: number[] = [];
    const right: number[] = [];
    const shares: number[] = [];
    const add = (start: number, end: number): number => {
      columns.push(-1);
      thresholds.push(0);
      left.push(0);
      right.push(0);
      const totals = this.#totals(start, end);
      const sum = totals.reduce((a, b) => a + b, 0);
      for (let c = 0; c < classes; c++) shares.push(totals[c]! / sum);
      return columns.length - 1;
    };
    const open: Open[] = [{ node: add(0, this.#order.length), start: 0, end: this.#order.length, depth: 0 }];
    for (let next = open.pop(); next; next = open.pop()) {
      const { node, start, end, depth } = next;
      const split = depth < this.#options.depth ? this.#bestSplit(start, end) : null;
      if (!split) continue;
      const middle = this.#part(start, end, split);
      columns[node] = split.column;
      thresholds[node] = cuts[split.column]![split.bin]!;
      left[node] = add(start, middle);
      right[node] = add(middle, end);
      open.push({ node: right[node]!, start: middle, end, depth: depth + 1 });
      open.push({ node: left[node]!, start, end: middle, depth: depth + 1 });
    }
    return {
      columns: Int32Array.from(columns),
      thresholds: Float32Array.from(thresholds),
      left: Int32Array.from(left),
      right: Int32Array.from(right),
      shares: Float32Array.from(shares),
    };
  }

  #totals(start: number, end: number): Float64Array {
    const { labels, classes, draws, classWeights } = this.#rows;
    const totals = new Float64Array(classes);
    for (let k = start; k < end; k++) {
      const row = this.#order[k]!;
      const label = labels[row]!;
      totals[label] = totals[label]! + draws[row]! * classWeights[label]!;
    }
    return totals;
  }

  #bestSplit(start: number, end: number): Split | null {
    const { leafRows, columns } = this.#options;
    if (end - start < 2 * leafRows) return null;
    const totals = this.#totals(start, end);
    if (totals.filter((weight) => weight > 0).length < 2) return null;
    let best: Split | null = null;
    let most = purity(totals) + 1e-9;
    for (let drawn = 0; drawn < Math.min(columns, this.#columnOrder.length); drawn++) {
      const other = drawn + this.#random.below(this.#columnOrder.length - drawn);
      const column = this.#columnOrder[other]!;
      this.#columnOrder[other] = this.#columnOrder[drawn]!;
      this.#columnOrder[drawn] = column;
      const bins = this.#rows.cuts[column]!.length + 1;
      if (bins < 2) continue;
      this.#count(column, bins, start, end);
      const found = this.#bestCut(bins, totals, end - start);
      if (found && found.gain > most) {
        most = found.gain;
        best = { column, bin: found.bin };
      }
    }
    return best;
  }

  #count(column: number, bins: number, start: number, end: number): void {
    const { labels, classes, draws, classWeights, bins: all } = this.#rows;
    const first = column * labels.length;
    const weights = this.#weights.fill(0, 0, bins * classes);
    const counts = this.#counts.fill(0, 0, bins);
    for (let k = start; k < end; k++) {
      const row = this.#order[k]!;
      const bin = all[first + row]!;
      const label = labels[row]!;
      const at = bin * classes + label;
      weights[at] = weights[at]! + draws[row]! * classWeights[label]!;
      counts[bin] = counts[bin]! + 1;
    }
  }

  /** The cut with the greatest sum over both sides of (squared class weights / weight). */
  #bestCut(bins: number, totals: Float64Array, rows: number): { bin: number; gain: number } | null {
    const { leafRows } = this.#options;
    const { classes } = this.#rows;
    const below = new Float64Array(classes);
    const above = Float64Array.from(totals);
    let count = 0;
    let best: { bin: number; gain: number } | null = null;
    for (let bin = 0; bin < bins - 1; bin++) {
      if (this.#counts[bin] === 0) continue;
      count += this.#counts[bin]!;
      if (rows - count < leafRows) break;
      for (let c = 0; c < classes; c++) {
        const weight = this.#weights[bin * classes + c]!;
        below[c] = below[c]! + weight;
        above[c] = above[c]! - weight;
      }
      if (count < leafRows) continue;
      const gain = purity(below) + purity(above);
      if (!best || gain > best.gain) best = { bin, gain };
    }
    return best;
  }

  /** Puts the rows that go left first; returns where the others begin. */
  #part(start: number, end: number, { column, bin }: Split): number {
    const { bins, labels } = this.#rows;
    const order = this.#order;
    const first = column * labels.length;
    let middle = start;
    for (let k = start; k < end; k++) {
      const row = order[k]!;
      if (bins[first + row]! > bin) continue;
      order[k] = order[middle]!;
      order[middle++] = row;
    }
    return middle;
  }
}

/** sum w_c^2 / sum w_c: the weight of a node times one minus its Gini impurity. */
function purity(weights: Float64Array): number {
  let sum = 0;
  let squares = 0;
  for (let c = 0; c < weights.length; c++) {
    sum += weights[c]!;
    squares += weights[c]! * weights[c]!;
  }
  return sum > 0 ? squares / sum : 0;
}
