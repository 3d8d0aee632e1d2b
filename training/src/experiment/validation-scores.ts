/** UAR of the validation clips by condition: what a run says of itself after some epochs. */
import type { Experiment } from '../config/experiment.ts';
import { scoresOf } from '../evaluate/metrics.ts';
import { openModelFolder } from '../evaluate/model-folder.ts';
import { runModel } from '../evaluate/run-model.ts';
import type { CachedVariant } from '../features/feature-cache.ts';
import { percent } from '../report/numbers.ts';

/** UAR in [0, 1], four decimals, by condition. */
export type ValidationScores = Readonly<Record<string, number>>;

/** Through the exported network, as it will run. */
export async function validationScores(
  modelFolder: string,
  variants: readonly CachedVariant[],
): Promise<ValidationScores> {
  const runtime = await openModelFolder(modelFolder);
  try {
    const scores: Record<string, number> = {};
    for (const variant of variants) {
      const { clips } = await runModel(runtime, variant);
      scores[variant.variant] = Number(scoresOf(clips, runtime.manifest.labels.length).uar.toFixed(4));
    }
    return scores;
  } finally {
    await runtime.close();
  }
}

/** What early stopping goes by: conditions count alike. */
export function meanScore(scores: ValidationScores): number {
  const values = Object.values(scores);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Which weights early stopping kept, for the log. */
export function keptText(
  epoch: number,
  { epochs, patience }: Pick<Experiment, 'epochs' | 'patience'>,
): string {
  return `Kept the weights of epoch ${epoch} of at most ${epochs}: the best on the validation speakers (patience ${patience}).`;
}

/** For example `clean 52.1, telephone 51.8`. */
export function scoresText(scores: ValidationScores): string {
  return Object.entries(scores)
    .map(([condition, uar]) => `${condition} ${percent(uar)}`)
    .join(', ');
}
