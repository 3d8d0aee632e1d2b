/**
 * Fits a head to the clips of one voice: gradient descent from the shipped head with a pull back to it, stopped where clips
 * that were left out (each in turn) are judged best. Classes without clips keep their logits.
 */
import {
  addCorrection,
  correctionSize,
  type HeadBatch,
  type HeadState,
  type HeadStepSettings,
  type HeadTrainer,
} from '@undertone/core';
import type { HeardClip } from './hear-clips.ts';
import { fitTemperature, type Judged, type Measured, measure } from './held-out.ts';

export interface FitSettings extends HeadStepSettings {
  /** Steps at most. */
  readonly steps: number;
  /** Share of a target that goes to the other classes of the clips (Szegedy et al. 2016, label smoothing). */
  readonly smoothing: number;
}

/** Chosen on actors 1 to 8 of RAVDESS; see docs/adaptation.md. */
export const fitSettings: FitSettings = { rate: 0.05, momentum: 0.9, decay: 0.05, smoothing: 0.1, steps: 60 };

export interface FittedHead {
  /** As core's `addCorrection` takes them. */
  readonly weights: Float32Array;
  readonly temperature: number;
  /** Steps taken. */
  readonly steps: number;
  /** Of clips that were left out: by the shipped head, and by the fitted one; each at the temperature that suits it. */
  readonly before: Measured;
  readonly after: Measured;
  /** More of the clips that were left out are right, or as many with more confidence in what is right. */
  readonly isBetter: boolean;
}

/**
 * A clip that is left out leaves few of its kind behind, so it judges too soon that it is enough: not before this it is
 * asked.
 */
const fewestSteps = 40;
/** After so many more it is asked again. */
const stepsBetweenTests = 10;
/** More clips than this are left out several at a time. */
const mostFolds = 60;
/** No class at this logit has any probability. */
const never = -1e4;

/**
 * @param rows at least two of each class that occurs, of at least two classes
 * @param pause awaited after each fold: lets others have the thread, and may throw to stop
 */
export async function fitHead(
  trainer: HeadTrainer,
  rows: readonly HeardClip[],
  settings: FitSettings,
  pause: (done: number) => Promise<void>,
): Promise<FittedHead> {
  const fit = new Fit(trainer, rows, settings);
  const { temperature: shipped } = trainer.manifest.calibration;
  const folds = foldsOf(rows).map((leftOut) => {
    const kept = rows.filter((row) => !leftOut.includes(row));
    return { leftOut, batch: fit.batch(kept), state: fit.start() };
  });
  let best = { steps: 0, loss: Number.POSITIVE_INFINITY, judged: [] as readonly Judged[] };
  let done = 0;
  while (done < settings.steps) {
    const more = Math.min(done === 0 ? fewestSteps : stepsBetweenTests, settings.steps - done);
    const judged: Judged[] = [];
    for (const [i, fold] of folds.entries()) {
      fold.state = await fit.advance(fold.batch, fold.state, more);
      judged.push(...fit.judged(fold.leftOut, fold.state.weights));
      await pause((done + (more * (i + 1)) / folds.length) / settings.steps);
    }
    done += more;
    const { loss } = measure(judged, shipped);
    if (loss >= best.loss) break;
    best = { steps: done, loss, judged };
  }
  const { weights } = await fit.advance(fit.batch(rows), fit.start(), best.steps);
  const temperature = fitTemperature(best.judged, shipped);
  const unfitted = fit.judged(rows, null);
  const before = measure(unfitted, fitTemperature(unfitted, shipped));
  const after = measure(best.judged, temperature);
  const isBetter =
    after.recall > before.recall || (after.recall === before.recall && after.loss < before.loss);
  return { weights, temperature, steps: best.steps, before, after, isBetter };
}

/** Clips of one class lie in different folds, so that none is left without. */
function foldsOf(rows: readonly HeardClip[]): HeardClip[][] {
  const byClass = rows.toSorted((a, b) => a.target - b.target);
  const count = Math.min(rows.length, mostFolds);
  return Array.from({ length: count }, (_, fold) => byClass.filter((_row, i) => i % count === fold));
}

class Fit {
  readonly #trainer: HeadTrainer;
  readonly #settings: FitSettings;
  readonly #present: readonly boolean[];

  constructor(trainer: HeadTrainer, rows: readonly HeardClip[], settings: FitSettings) {
    this.#trainer = trainer;
    this.#settings = settings;
    this.#present = trainer.manifest.labels.map((_, c) => rows.some(({ target }) => target === c));
  }

  start(): HeadState {
    const size = correctionSize(this.#trainer);
    return { weights: new Float32Array(size), velocity: new Float32Array(size) };
  }

  /** Every class weighs the same, however many clips it has. */
  batch(rows: readonly HeardClip[]): HeadBatch {
    const present = this.#present;
    const classes = present.length;
    const counts = present.map((_, c) => rows.filter(({ target }) => target === c).length);
    const occurring = counts.filter((count) => count > 0).length;
    const size = 2 * this.#trainer.manifest.valueSize;
    const batch: HeadBatch = {
      rows: rows.length,
      pooled: new Float32Array(rows.length * size),
      logits: new Float32Array(rows.length * classes),
      targets: new Float32Array(rows.length * classes),
    };
    const { smoothing } = this.#settings;
    const shared = smoothing / present.filter(Boolean).length;
    for (const [n, { pooled, logits, target }] of rows.entries()) {
      batch.pooled.set(pooled, n * size);
      const weight = 1 / (counts[target]! * occurring);
      for (let c = 0; c < classes; c++) {
        batch.logits[n * classes + c] = present[c] ? logits[c]! : never;
        const share = (c === target ? 1 - smoothing : 0) + shared;
        batch.targets[n * classes + c] = present[c] ? weight * share : 0;
      }
    }
    return batch;
  }

  async advance(batch: HeadBatch, from: HeadState, steps: number): Promise<HeadState> {
    let state = from;
    for (let step = 0; step < steps; step++) {
      ({ state } = await this.#trainer.step(batch, state, this.#settings));
    }
    return state;
  }

  /** Among the classes that have clips. */
  judged(rows: readonly HeardClip[], weights: Float32Array | null): Judged[] {
    return rows.map(({ pooled, logits, target }) => {
      const adapted = logits.slice();
      if (weights) addCorrection(weights, pooled, adapted, 1);
      return { logits: adapted.map((logit, c) => (this.#present[c] ? logit : never)), target };
    });
  }
}
