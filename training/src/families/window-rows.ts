/** Rows of functionals for the SVM and the forest, from cached features, cut by the code that cuts them live. */
import { type CutWindows, UndertoneError, windowsOf } from '@undertone/core';
import { Random } from '../data/random.ts';
import type { CachedVariant } from '../features/feature-cache.ts';
import { FeatureFile } from '../features/feature-file.ts';
import { type LabelledRows, selectRows } from './labelled-rows.ts';
import type { FunctionalsLayout } from './window-layout.ts';

export interface WindowRowsOptions {
  readonly layout: FunctionalsLayout;
  readonly labels: readonly string[];
  /** Windows of each clip and variant: the one with most speech, and others as likely as they count live. */
  readonly windowsPerClip: number;
  /** Most rows; of more, as many are drawn. */
  readonly mostRows: number;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((clipsDone: number, clips: number) => void) | undefined;
}

/**
 * @param corpora variants of the training clips of each corpus
 * @throws UndertoneError `bad_corpus` for a label that is not of the model's, or when nothing can be judged; `aborted`
 */
export async function windowRows(
  corpora: readonly (readonly CachedVariant[])[],
  options: WindowRowsOptions,
): Promise<LabelledRows> {
  const collected = new Collected(options);
  const files = corpora.flatMap((variants, corpus) => variants.map((variant) => ({ corpus, variant })));
  for (const [n, { corpus, variant }] of files.entries()) {
    const file = new FeatureFile(variant.path, variant.key);
    try {
      for (let i = 0; i < file.count; i++) {
        collected.add(file, i, corpus, variant.variant);
        if (i % 64 !== 0) continue;
        if (options.signal?.aborted) throw new UndertoneError('aborted', 'Stopped while cutting windows.');
        options.onProgress?.(n * file.count + i + 1, files.length * file.count);
        // Lets signals and progress through.
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      file.close();
    }
  }
  return collected.rows();
}

class Collected {
  readonly #options: WindowRowsOptions;
  readonly #values: Float32Array[] = [];
  readonly #labels: number[] = [];
  readonly #clips: number[] = [];
  readonly #speakers: number[] = [];
  readonly #clipNumbers = new Map<string, number>();
  readonly #speakerNumbers = new Map<string, number>();

  constructor(options: WindowRowsOptions) {
    this.#options = options;
  }

  add(file: FeatureFile, index: number, corpus: number, variant: string): void {
    const { layout, labels, windowsPerClip, seed } = this.#options;
    const { id, speaker, label } = file.clip(index);
    const position = labels.indexOf(label);
    if (position < 0) {
      throw new UndertoneError(
        'bad_corpus',
        `${id}: expected a label of ${labels.join(', ')}; found "${label}".`,
      );
    }
    const cut = windowsOf(layout, file.read(index).raw);
    const chosen = chooseWindows(cut, windowsPerClip, new Random(seed, 'windows', id, variant));
    for (const n of chosen) {
      this.#values.push(cut.windows.slice(n * layout.inputSize, (n + 1) * layout.inputSize));
      this.#labels.push(position);
      this.#clips.push(numberOf(this.#clipNumbers, `${corpus} ${id}`));
      this.#speakers.push(numberOf(this.#speakerNumbers, speaker));
    }
  }

  rows(): LabelledRows {
    const { layout, labels, mostRows, seed } = this.#options;
    if (this.#labels.length === 0) {
      throw new UndertoneError('bad_corpus', 'Expected windows with speech to learn from; found none.');
    }
    const size = layout.inputSize;
    const values = new Float32Array(this.#labels.length * size);
    for (const [i, row] of this.#values.entries()) values.set(row, i * size);
    const all: LabelledRows = {
      size,
      values,
      labels: Int32Array.from(this.#labels),
      clips: Int32Array.from(this.#clips),
      speakers: Int32Array.from(this.#speakers),
      classes: labels.length,
    };
    if (this.#labels.length <= mostRows) return all;
    const drawn = new Random(seed, 'rows').shuffle([...this.#labels.keys()]).slice(0, mostRows);
    return selectRows(
      all,
      drawn.sort((a, b) => a - b),
    );
  }
}

/** As a live result counts windows by the exponential of their attention, so they are drawn; none twice. */
function chooseWindows(
  { judged, speechShare, attention }: CutWindows,
  count: number,
  random: Random,
): number[] {
  const left = judged.flatMap((is, n) => (is ? [n] : []));
  const chosen: number[] = [];
  const fullest = left.reduce((best, n) => (speechShare[n]! > (speechShare[best] ?? 0) ? n : best), -1);
  for (let next = fullest; next >= 0; next = drawWeighted(left, attention, random)) {
    chosen.push(next);
    left.splice(left.indexOf(next), 1);
    if (chosen.length === count || left.length === 0) break;
  }
  return chosen;
}

function drawWeighted(from: readonly number[], attention: Float32Array, random: Random): number {
  const weights = from.map((n) => Math.exp(attention[n]!));
  let rest = random.uniform() * weights.reduce((sum, weight) => sum + weight, 0);
  for (const [i, weight] of weights.entries()) {
    rest -= weight;
    if (rest < 0) return from[i]!;
  }
  return from.at(-1)!;
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}
