/**
 * Trains the streaming model. Each step evaluates the fixed shards of one batch, in threads or here with the same
 * result, sums their gradients in a fixed order and updates one parameter vector. A run depends on its
 * configuration only: interrupted and resumed, it ends with the same model.
 */
import { UndertoneError } from '@undertone/core';
import { initialParameters } from '../models/initial-parameters.ts';
import { streamingModelLayout } from '../models/streaming-model.ts';
import type { BatchSource, BatchSourceModule, BatchSourceSpec } from './batch.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { type BestSoFar, EarlyStopping } from './early-stopping.ts';
import { AdamW, initialState, type OptimiserState } from './optimiser.ts';
import { ShardEvaluator } from './shard-evaluator.ts';
import { ThreadedShard } from './threaded-shard.ts';
import { checkTrainingConfig, configHash, type TrainingConfig, type TrainingRun } from './training-config.ts';
import { TrainingLoop } from './training-loop.ts';

export interface TrainingResult {
  /** Average of the parameters: what to evaluate and export. */
  readonly parameters: Float32Array;
  /** Epochs that made these parameters, those before a resumption included; with early stopping the best's. */
  readonly epochs: number;
  /** False when the signal stopped the run. */
  readonly finished: boolean;
}

/**
 * @throws UndertoneError `bad_config`, `bad_checkpoint` when resuming from a file that is damaged or another run's,
 * and whatever the source throws
 */
export async function train(config: TrainingConfig, run: TrainingRun = {}): Promise<TrainingResult> {
  checkTrainingConfig(config);
  const layout = streamingModelLayout(config.model);
  const hash = configHash(config, run);
  const { epoch: firstEpoch, state: start, best } = await firstState(config, run, hash, layout.size);
  const shared = (): SharedArrayBuffer => new SharedArrayBuffer(4 * layout.size);
  const memory = { parameters: shared(), gradients: [] as SharedArrayBuffer[] };
  const parameters = new Float32Array(memory.parameters);
  parameters.set(start.parameters);
  const state: OptimiserState = { ...start, parameters };
  const optimiser = new AdamW(state, config.optimiser, layout.decayMask(), layout.maskOf(config.frozen));
  const stopping = config.patience === undefined ? undefined : new EarlyStopping(config.patience, best);

  const source = await openSource(config.source);
  memory.gradients = Array.from({ length: source.shards }, shared);
  const shards = memory.gradients.map((gradient, shard) => {
    const plan = { model: config.model, seed: config.seed, shard, frozen: config.frozen };
    return run.threads === true
      ? new ThreadedShard({ plan, source: config.source, parameters: memory.parameters, gradient })
      : new ShardEvaluator(plan, source, parameters, new Float32Array(gradient));
  });
  try {
    const loop = new TrainingLoop(config, run, source.batchesPerEpoch, shards, optimiser, memory.gradients);
    let epoch = firstEpoch;
    for (; epoch < config.epochs && !stopping?.isOver; epoch++) {
      if (!(await loop.epoch(epoch))) return result(state, epoch, false);
      const done = epoch + 1;
      const save = async (): Promise<void> => {
        if (run.checkpointPath === undefined) return;
        const { seed } = config;
        await writeCheckpoint(run.checkpointPath, {
          configHash: hash,
          seed,
          epoch: done,
          state,
          best: stopping?.best,
        });
      };
      // What has been computed is safe before it is measured; but what decides when to stop is part of the checkpoint.
      if (!stopping) await save();
      if (done % (run.validateEvery ?? 1) === 0 || done === config.epochs) {
        const average = Float32Array.from(state.average);
        const score = await run.onValidate?.(average, done);
        stopping?.see(score, done, average);
      }
      if (stopping) await save();
    }
    const kept = stopping?.best;
    return kept
      ? { parameters: kept.parameters, epochs: kept.epoch, finished: true }
      : result(state, epoch, true);
  } finally {
    await Promise.all(shards.map((shard) => shard.close()));
  }
}

function result(state: OptimiserState, epochs: number, finished: boolean): TrainingResult {
  return { parameters: Float32Array.from(state.average), epochs, finished };
}

async function firstState(
  config: TrainingConfig,
  run: TrainingRun,
  hash: string,
  parameterCount: number,
): Promise<{
  readonly epoch: number;
  readonly state: OptimiserState;
  readonly best?: BestSoFar | undefined;
}> {
  if (run.resume === true) {
    if (run.checkpointPath === undefined) {
      throw new UndertoneError('bad_config', 'Expected a checkpoint path to resume from; found none.');
    }
    return await readCheckpoint(run.checkpointPath, { configHash: hash, parameterCount });
  }
  const parameters = Float32Array.from(run.startFrom ?? initialParameters(config.model, config.seed));
  if (parameters.length !== parameterCount) {
    throw new UndertoneError(
      'bad_parameter',
      `Expected ${parameterCount} parameters to start from; found ${parameters.length}.`,
    );
  }
  return { epoch: 0, state: initialState(parameters) };
}

async function openSource(spec: BatchSourceSpec): Promise<BatchSource> {
  const module = (await import(spec.module)) as BatchSourceModule;
  const source = await module.createBatchSource(spec.options);
  for (const field of ['batchesPerEpoch', 'shards', 'shardRows', 'views'] as const) {
    if (Number.isInteger(source[field]) && source[field] >= 1) continue;
    throw new UndertoneError('bad_config', `Expected ${field} of the source from 1; found ${source[field]}.`);
  }
  return source;
}
