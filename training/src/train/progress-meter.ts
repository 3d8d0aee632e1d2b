/** What a run reports after each step. */
import type { ShardLosses } from './shard-evaluator.ts';

export interface TrainingProgress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** From 1, within the epoch. */
  readonly step: number;
  readonly steps: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly classLoss: number;
  /** Already multiplied by its weight. */
  readonly speechLoss: number;
  readonly learningRate: number;
  /** Of this step, before clipping. */
  readonly gradientNorm: number;
  /** Estimate for the rest of the run, from the pace of this epoch. */
  readonly secondsLeft: number;
}

export class ProgressMeter {
  readonly #epoch: number;
  readonly #epochs: number;
  readonly #steps: number;
  readonly #startMs = performance.now();
  #done = 0;
  #loss = 0;
  #classLoss = 0;
  #speechLoss = 0;

  /** @param epoch from 0 */
  constructor(epoch: number, epochs: number, steps: number) {
    this.#epoch = epoch;
    this.#epochs = epochs;
    this.#steps = steps;
  }

  step(losses: ShardLosses, learningRate: number, gradientNorm: number): TrainingProgress {
    const done = ++this.#done;
    this.#loss += losses.loss;
    this.#classLoss += losses.classLoss;
    this.#speechLoss += losses.speechLoss;
    const secondsPerStep = (performance.now() - this.#startMs) / 1000 / done;
    const stepsLeft = (this.#epochs - this.#epoch) * this.#steps - done;
    return {
      epoch: this.#epoch + 1,
      epochs: this.#epochs,
      step: done,
      steps: this.#steps,
      loss: this.#loss / done,
      classLoss: this.#classLoss / done,
      speechLoss: this.#speechLoss / done,
      learningRate,
      gradientNorm,
      secondsLeft: secondsPerStep * stepsLeft,
    };
  }
}
