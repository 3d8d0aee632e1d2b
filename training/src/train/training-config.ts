/** What a training run is made of: what determines its result, and how it is carried out. */
import { createHash } from 'node:crypto';
import { UndertoneError } from '@undertone/core';
import type { StreamingModelConfig } from '../models/model-config.ts';
import type { BatchSourceSpec } from './batch.ts';
import type { OptimiserConfig } from './optimiser.ts';
import type { TrainingProgress } from './progress-meter.ts';

/** What determines the result. */
export interface TrainingConfig {
  readonly model: StreamingModelConfig;
  readonly optimiser: OptimiserConfig;
  readonly source: BatchSourceSpec;
  readonly epochs: number;
  readonly seed: number;
  /** Weight of the speech detection loss beside the class loss. */
  readonly speechLossWeight: number;
  /** Parameters that stay as they are, by name; all are trained when left out. */
  readonly frozen?: readonly string[];
  /** Stop after this many validations without a better score, with the best weights; never when left out. */
  readonly patience?: number;
}

export interface TrainingRun {
  /** One thread a shard, or everything in this one. */
  readonly threads?: boolean;
  /** File that is replaced after every epoch. */
  readonly checkpointPath?: string;
  /** Continue from `checkpointPath`. */
  readonly resume?: boolean;
  /** First parameters, instead of random ones: fine-tuning. Not looked at when resuming. */
  readonly startFrom?: Float32Array;
  /** Stops at the end of the current step; the last finished epoch is in the checkpoint. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /**
   * Called after an epoch whose number is a multiple of `validateEvery` (default 1), and after the last.
   * @returns the score, the higher the better; needed with `patience`
   */
  readonly onValidate?: (
    average: Float32Array,
    epoch: number,
  ) => Promise<number | undefined> | number | undefined;
  readonly validateEvery?: number;
}

/** Identity of a run: SHA-256 of everything that determines its result. */
export function configHash(
  config: TrainingConfig,
  { startFrom, validateEvery = 1 }: Pick<TrainingRun, 'startFrom' | 'validateEvery'>,
): string {
  const { model, optimiser, epochs, seed, speechLossWeight, frozen, patience } = config;
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify({
      model,
      optimiser,
      epochs,
      seed,
      speechLossWeight,
      source: config.source.options,
      ...(frozen && { frozen }),
      // How often a run is looked at matters only to one that may stop for it.
      ...(patience !== undefined && { patience, validateEvery }),
    }),
  );
  if (startFrom)
    hash.update(
      Uint8Array.from(new Uint8Array(startFrom.buffer, startFrom.byteOffset, startFrom.byteLength)),
    );
  return hash.digest('hex');
}

/** @throws UndertoneError `bad_config` naming the field */
export function checkTrainingConfig(config: TrainingConfig): void {
  const refuse = (field: string, expected: string, found: number): never => {
    throw new UndertoneError('bad_config', `Training field ${field}: expected ${expected}, found ${found}.`);
  };
  if (!Number.isInteger(config.epochs) || config.epochs < 1)
    refuse('epochs', 'a whole number from 1', config.epochs);
  if (!Number.isSafeInteger(config.seed) || config.seed < 0)
    refuse('seed', 'a whole number from 0', config.seed);
  const { patience = 1 } = config;
  if (!Number.isInteger(patience) || patience < 1) refuse('patience', 'a whole number from 1', patience);
  if (!(config.speechLossWeight >= 0)) refuse('speechLossWeight', 'a number from 0', config.speechLossWeight);
}
