/** Keeps the best weights that validation has seen, and says when it has waited for better ones long enough. */
import { UndertoneError } from '@undertone/core';

/** What a resumed run must know; saved in checkpoints. */
export interface BestSoFar {
  readonly score: number;
  /** Epochs done when it was reached. */
  readonly epoch: number;
  /** Validations since. */
  readonly waited: number;
  /** Averaged parameters. */
  readonly parameters: Float32Array;
}

export class EarlyStopping {
  readonly #patience: number;
  #best: BestSoFar | undefined;

  /** @param patience validations without a better score after which to stop */
  constructor(patience: number, best?: BestSoFar) {
    this.#patience = patience;
    this.#best = best;
  }

  get best(): BestSoFar | undefined {
    return this.#best;
  }

  get isOver(): boolean {
    return this.#best !== undefined && this.#best.waited >= this.#patience;
  }

  /**
   * @param parameters are copied
   * @throws UndertoneError `bad_config` without a finite score
   */
  see(score: number | undefined, epoch: number, parameters: Float32Array): void {
    if (score === undefined || !Number.isFinite(score)) {
      throw new UndertoneError(
        'bad_config',
        `Field patience: expected a validation score after epoch ${epoch}, found ${score}; hold out speakers, or set it to 0.`,
      );
    }
    const before = this.#best;
    this.#best =
      before && score <= before.score
        ? { ...before, waited: before.waited + 1 }
        : { score, epoch, waited: 0, parameters: Float32Array.from(parameters) };
  }
}
