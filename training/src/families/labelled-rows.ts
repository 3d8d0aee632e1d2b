/** What the SVM and the forest learn from: one row of functionals for each window, with its class and who spoke. */
import { UndertoneError } from '@undertone/core';

export interface LabelledRows {
  /** D: columns. */
  readonly size: number;
  /** `[N, D]` */
  readonly values: Float32Array;
  /** `[N]` position in the labels. */
  readonly labels: Int32Array;
  /** `[N]` the clip that a row is a window of; rows of one clip are drawn together. */
  readonly clips: Int32Array;
  /** `[N]` the speaker; rows of one speaker are held out together. */
  readonly speakers: Int32Array;
  readonly classes: number;
}

/**
 * @throws UndertoneError `bad_parameter` for lengths that do not fit, values that are not finite, a class without rows,
 * and a single class or speaker, of which nothing can be held out
 */
export function checkRows(rows: LabelledRows): void {
  const count = rows.labels.length;
  const refuse = (expected: string, found: string): never => {
    throw new UndertoneError('bad_parameter', `Expected ${expected}; found ${found}.`);
  };
  if (rows.values.length !== count * rows.size) {
    refuse(`${count} rows of ${rows.size} functionals`, `${rows.values.length} values`);
  }
  if (rows.clips.length !== count || rows.speakers.length !== count) {
    refuse(`a clip and a speaker for each of ${count} rows`, `${rows.clips.length}, ${rows.speakers.length}`);
  }
  const bad = rows.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    const row = Math.floor(bad / rows.size);
    refuse('finite functionals', `${rows.values[bad]} in row ${row}, column ${bad - row * rows.size}`);
  }
  const seen = new Array<number>(rows.classes).fill(0);
  for (const label of rows.labels) {
    if (seen[label] === undefined) refuse(`labels below ${rows.classes}`, `${label}`);
    seen[label]!++;
  }
  const empty = seen.indexOf(0);
  if (empty >= 0) refuse('rows of every class', `none of class ${empty}`);
  if (rows.classes < 2) refuse('rows of at least 2 classes', `${rows.classes}`);
  if (new Set(rows.speakers).size < 2) refuse('rows of at least 2 speakers', '1');
}

/** The rows at the given positions. */
export function selectRows(rows: LabelledRows, positions: ArrayLike<number>): LabelledRows {
  const { size } = rows;
  const values = new Float32Array(positions.length * size);
  const pick = (from: Int32Array): Int32Array =>
    Int32Array.from({ length: positions.length }, (_, i) => from[positions[i]!]!);
  for (let i = 0; i < positions.length; i++) {
    const at = positions[i]! * size;
    values.set(rows.values.subarray(at, at + size), i * size);
  }
  const { labels, clips, speakers, classes } = rows;
  return { size, values, classes, labels: pick(labels), clips: pick(clips), speakers: pick(speakers) };
}

/** `[N]` fold of each row, in [0, `folds`): speakers are dealt out in an order that follows from `shuffle`. */
export function speakerFolds(
  speakers: Int32Array,
  folds: number,
  shuffle: (speakers: number[]) => number[],
): Int32Array {
  const order = shuffle([...new Set(speakers)].sort((a, b) => a - b));
  const foldOf = new Map(order.map((speaker, i) => [speaker, i % folds]));
  return Int32Array.from(speakers, (speaker) => foldOf.get(speaker)!);
}
