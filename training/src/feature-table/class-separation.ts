/** How far each feature tells the classes apart, by itself, from sums that are gathered as rows come. */

export class ClassSeparation {
  readonly #labels: readonly string[];
  /** Per feature and class: count, sum, sum of squares, of values less the feature's first. */
  readonly #sums: Float64Array;
  readonly #origins: Float64Array;
  #started = false;

  constructor(labels: readonly string[], features: number) {
    this.#labels = labels;
    this.#sums = new Float64Array(3 * labels.length * features);
    this.#origins = new Float64Array(features);
  }

  /** @param counts rows that count; null for all. Values that are NaN never do */
  add(
    features: readonly Float32Array[],
    labels: readonly string[],
    counts: readonly boolean[] | null = null,
  ): void {
    const classes = labels.map((label) => this.#labels.indexOf(label));
    const width = 3 * this.#labels.length;
    if (!this.#started && labels.length > 0) {
      for (const [f, column] of features.entries()) this.#origins[f] = column.find(Number.isFinite) ?? 0;
      this.#started = true;
    }
    for (const [f, column] of features.entries()) {
      for (let row = 0; row < column.length; row++) {
        const label = classes[row]!;
        const x = column[row]! - this.#origins[f]!;
        if (label < 0 || counts?.[row] === false || Number.isNaN(x)) continue;
        const at = f * width + 3 * label;
        this.#sums[at] = this.#sums[at]! + 1;
        this.#sums[at + 1] = this.#sums[at + 1]! + x;
        this.#sums[at + 2] = this.#sums[at + 2]! + x * x;
      }
    }
  }

  /**
   * Share of each feature's variance that lies between the classes, in [0, 1] (eta squared, Fisher's correlation ratio); 0
   * for a feature that does not vary.
   */
  shares(): number[] {
    const classes = this.#labels.length;
    return Array.from(this.#origins, (_, f) => {
      let count = 0;
      let sum = 0;
      let squares = 0;
      let between = 0;
      for (let c = 0; c < classes; c++) {
        const at = 3 * (f * classes + c);
        const n = this.#sums[at]!;
        if (n === 0) continue;
        count += n;
        sum += this.#sums[at + 1]!;
        squares += this.#sums[at + 2]!;
        between += this.#sums[at + 1]! ** 2 / n;
      }
      const total = squares - sum ** 2 / count;
      return total > 1e-12 * squares ? Math.max(0, Math.min(1, (between - sum ** 2 / count) / total)) : 0;
    });
  }
}
