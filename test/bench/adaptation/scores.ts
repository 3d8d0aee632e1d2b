/** Measures of what was recognised. */

export interface Scored {
  /** What was acted. */
  readonly label: string;
  readonly scores: readonly (readonly [label: string, score: number])[];
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const best = ({ scores }: Scored): readonly [string, number] =>
  scores.reduce((a, b) => (b[1] > a[1] ? b : a));

/** Unweighted average recall, in [0, 1]. */
export function uar(scored: readonly Scored[]): number {
  const labels = [...new Set(scored.map(({ label }) => label))];
  return mean(
    labels.map((label) =>
      mean(scored.filter((each) => each.label === label).map((each) => Number(best(each)[0] === label))),
    ),
  );
}

/** Expected calibration error over 15 bins of equal width (Naeini et al. 2015, AAAI). */
export function calibrationError(scored: readonly Scored[], bins = 15): number {
  const sums = Array.from({ length: bins }, () => ({ confidence: 0, right: 0 }));
  for (const each of scored) {
    const [label, confidence] = best(each);
    const bin = sums[Math.min(bins - 1, Math.floor(confidence * bins))]!;
    bin.confidence += confidence;
    bin.right += Number(label === each.label);
  }
  return sums.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0) / scored.length;
}

/** 95 % percentile interval of the mean, by resampling. */
export function interval(
  values: readonly number[],
  random: () => number,
  draws = 2000,
): readonly [number, number] {
  const means = Array.from({ length: draws }, () =>
    mean(values.map(() => values[Math.floor(random() * values.length)]!)),
  ).sort((a, b) => a - b);
  return [means[Math.floor(0.025 * draws)]!, means[Math.floor(0.975 * draws)]!];
}
