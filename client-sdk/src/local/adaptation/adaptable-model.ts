/** What adaptation needs of an opened model, wherever it runs. */
import type { HeadTrainer, ModelRuntime } from '@undertone/core';

export interface AdaptableModel {
  readonly runtime: ModelRuntime;
  /** Opens the network that fits the head; who opens it closes it. */
  openTrainer(): Promise<HeadTrainer>;
}
