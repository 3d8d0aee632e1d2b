/**
 * What the trainer asks of the data. One optimiser step is one batch, made of `shards` halves that are built and
 * evaluated separately (one worker thread each), so every shard must follow from its four numbers alone.
 */

/** `rows` x `frames` model inputs with what the losses need; T = `frames`, T' = T / 4 steps of 40 ms. */
export interface TrainingBatch {
  /** B: always `BatchSource.shardRows`; a row to be ignored has targets and weights of 0. */
  readonly rows: number;
  /** T: one of `BatchSource.frameBuckets`, a multiple of the model's `stepFrames`. */
  readonly frames: number;
  /** `[B, T, F]` normalised model inputs. */
  readonly features: Float32Array;
  /** `[B, V, T']` added to the attention score of a step in each view: 0 to pool it, -1e4 to leave it out. */
  readonly poolMask: Float32Array;
  /** `[B, V, C]` class distribution of each view times the weight of the view. */
  readonly targets: Float32Array;
  /** `[B, T']` in [0, 1]: how much of the step is speech. */
  readonly speechTargets: Float32Array;
  /** `[B, T']` weight of that target; 0 for padding. */
  readonly speechWeights: Float32Array;
}

export interface BatchSource {
  /** Optimiser steps in an epoch. */
  readonly batchesPerEpoch: number;
  /** V: pooled views of each row. */
  readonly views: number;
  /** Parts of a batch that are evaluated in parallel. */
  readonly shards: number;
  /** B: rows of one shard. */
  readonly shardRows: number;
  /** Row lengths that occur, in frames, ascending; a session is kept for each. */
  readonly frameBuckets: readonly number[];
  /**
   * Deterministic in (the source's own seed, epoch, index, shard), and callable in any order.
   * @param epoch from 0
   * @param index in [0, `batchesPerEpoch`)
   * @param shard in [0, `shards`)
   */
  batch(epoch: number, index: number, shard: number): TrainingBatch;
}

/** How a worker thread makes its own source: `createBatchSource(options)` exported by `module`. */
export interface BatchSourceSpec {
  /** Absolute `file:` URL of the module. */
  readonly module: string;
  /** Plain JSON handed to its `createBatchSource`. */
  readonly options: unknown;
}

/** Shape of the module that `BatchSourceSpec.module` names. */
export interface BatchSourceModule {
  createBatchSource(options: unknown): Promise<BatchSource>;
}
