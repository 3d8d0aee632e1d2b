/** Scores of a classifier over judged clips. */

/** One clip with what the model said of it. */
export interface Judged {
  readonly speaker: string;
  /** Position in the labels. */
  readonly label: number;
  /** `[classes]` */
  readonly logits: ArrayLike<number>;
}

export interface ClassScores {
  readonly recall: number;
  readonly precision: number;
  readonly f1: number;
  readonly clips: number;
}

/** Means over the classes that occur. */
export interface AverageScores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

export interface Scores {
  readonly clips: number;
  /** Unweighted average recall over the classes that occur. */
  readonly uar: number;
  readonly accuracy: number;
  /** `[truth][prediction]`, clips. */
  readonly confusion: readonly (readonly number[])[];
  readonly perClass: readonly ClassScores[];
  /** Every class counts the same; its recall is the UAR. */
  readonly macro: AverageScores;
  /** Every class counts as often as it occurs; its recall is the accuracy. */
  readonly weighted: AverageScores;
}

export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

export function confusionMatrix(clips: readonly Judged[], classes: number): number[][] {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (const { label, logits } of clips) confusion[label]![argmax(logits)]!++;
  return confusion;
}

/** Unweighted average recall of a confusion matrix; NaN without clips. */
export function unweightedAverageRecall(confusion: readonly (readonly number[])[]): number {
  let sum = 0;
  let present = 0;
  for (const [label, row] of confusion.entries()) {
    const total = row.reduce((a, b) => a + b, 0);
    if (total === 0) continue;
    sum += row[label]! / total;
    present++;
  }
  return sum / present;
}

export function scoresOf(clips: readonly Judged[], classes: number): Scores {
  const confusion = confusionMatrix(clips, classes);
  const perClass = confusion.map((row, label): ClassScores => {
    const hits = row[label]!;
    const truth = row.reduce((a, b) => a + b, 0);
    const predicted = confusion.reduce((sum, other) => sum + other[label]!, 0);
    return {
      recall: truth > 0 ? hits / truth : 0,
      precision: predicted > 0 ? hits / predicted : 0,
      f1: truth + predicted > 0 ? (2 * hits) / (truth + predicted) : 0,
      clips: truth,
    };
  });
  const hits = confusion.reduce((sum, row, label) => sum + row[label]!, 0);
  return {
    clips: clips.length,
    uar: unweightedAverageRecall(confusion),
    accuracy: clips.length > 0 ? hits / clips.length : Number.NaN,
    confusion,
    perClass,
    macro: average(perClass, (score) => (score.clips > 0 ? 1 : 0)),
    weighted: average(perClass, (score) => score.clips),
  };
}

function average(perClass: readonly ClassScores[], weight: (score: ClassScores) => number): AverageScores {
  const total = perClass.reduce((sum, score) => sum + weight(score), 0);
  const mean = (of: (score: ClassScores) => number): number =>
    total > 0 ? perClass.reduce((sum, score) => sum + weight(score) * of(score), 0) / total : Number.NaN;
  return {
    precision: mean(({ precision }) => precision),
    recall: mean(({ recall }) => recall),
    f1: mean(({ f1 }) => f1),
  };
}
