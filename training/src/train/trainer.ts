/**
 * Trains the streaming model. Each step evaluates the fixed shards of one batch, in threads or here with the same
 * result, sums their gradients in a fixed order and updates one parameter vector. A run depends on its
 * configuration only: interrupted and resumed, it ends with the same model.
 */
import { createHash } from 'node:crypto';
import { UndertoneError } from '@undertone/core';
import { initialParameters } from '../models/initial-parameters.ts';
import type { StreamingModelConfig } from '../models/model-config.ts';
import { streamingModelLayout } from '../models/streaming-model.ts';
import type { BatchSource, BatchSourceModule, BatchSourceSpec } from './batch.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { AdamW, initialState, type OptimiserConfig, type OptimiserState, oneCycleRate } from './optimiser.ts';
import { ProgressMeter, type TrainingProgress } from './progress-meter.ts';
import { type Shard, ShardEvaluator, type ShardLosses, type ShardWeights } from './shard-evaluator.ts';
import { ThreadedShard } from './threaded-shard.ts';

/** What determines the result. */
export interface TrainingConfig {
  readonly model: StreamingModelConfig;
  readonly optimiser: OptimiserConfig;
  readonly source: BatchSourceSpec;
  readonly epochs: number;
  readonly seed: number;
  /** Weight of the speech detection loss beside the class loss. */
  readonly speechLossWeight: number;
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
  /** Called after an epoch whose number is a multiple of `validateEvery` (default 1), and after the last. */
  readonly onValidate?: (average: Float32Array, epoch: number) => Promise<void> | void;
  readonly validateEvery?: number;
}

export interface TrainingResult {
  /** Moving average of the parameters: what to evaluate and export. */
  readonly parameters: Float32Array;
  /** Epochs done, those before a resumption included. */
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
  const hash = configHash(config, run.startFrom);
  const { epoch: firstEpoch, state: start } = await firstState(config, run, hash, layout.size);
  const shared = (): SharedArrayBuffer => new SharedArrayBuffer(4 * layout.size);
  const memory = { parameters: shared(), gradients: [] as SharedArrayBuffer[] };
  const parameters = new Float32Array(memory.parameters);
  parameters.set(start.parameters);
  const state: OptimiserState = { ...start, parameters };
  const optimiser = new AdamW(state, config.optimiser, layout.decayMask());

  const source = await openSource(config.source);
  memory.gradients = Array.from({ length: source.shards }, shared);
  const shards = memory.gradients.map((gradient, shard) => {
    const plan = { model: config.model, seed: config.seed, shard };
    return run.threads === true
      ? new ThreadedShard({ plan, source: config.source, parameters: memory.parameters, gradient })
      : new ShardEvaluator(plan, source, parameters, new Float32Array(gradient));
  });
  try {
    const loop = new TrainingLoop(config, run, source.batchesPerEpoch, shards, optimiser, memory.gradients);
    for (let epoch = firstEpoch; epoch < config.epochs; epoch++) {
      if (!(await loop.epoch(epoch))) return result(state, epoch, false);
      if (run.checkpointPath !== undefined) {
        await writeCheckpoint(run.checkpointPath, {
          configHash: hash,
          seed: config.seed,
          epoch: epoch + 1,
          state,
        });
      }
      if ((epoch + 1) % (run.validateEvery ?? 1) === 0 || epoch + 1 === config.epochs) {
        await run.onValidate?.(Float32Array.from(state.average), epoch + 1);
      }
    }
    return result(state, config.epochs, true);
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
): Promise<{ readonly epoch: number; readonly state: OptimiserState }> {
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

/** Identity of a run: SHA-256 of everything that determines its result. */
function configHash(config: TrainingConfig, startFrom: Float32Array | undefined): string {
  const { model, optimiser, epochs, seed, speechLossWeight } = config;
  const hash = createHash('sha256');
  hash.update(
    JSON.stringify({ model, optimiser, epochs, seed, speechLossWeight, source: config.source.options }),
  );
  if (startFrom)
    hash.update(
      Uint8Array.from(new Uint8Array(startFrom.buffer, startFrom.byteOffset, startFrom.byteLength)),
    );
  return hash.digest('hex');
}

function checkTrainingConfig(config: TrainingConfig): void {
  const refuse = (field: string, expected: string, found: number): never => {
    throw new UndertoneError('bad_config', `Training field ${field}: expected ${expected}, found ${found}.`);
  };
  if (!Number.isInteger(config.epochs) || config.epochs < 1)
    refuse('epochs', 'a whole number from 1', config.epochs);
  if (!Number.isSafeInteger(config.seed) || config.seed < 0)
    refuse('seed', 'a whole number from 0', config.seed);
  if (!(config.speechLossWeight >= 0)) refuse('speechLossWeight', 'a number from 0', config.speechLossWeight);
}

class TrainingLoop {
  readonly #config: TrainingConfig;
  readonly #run: TrainingRun;
  readonly #stepsPerEpoch: number;
  readonly #shards: readonly Shard[];
  readonly #optimiser: AdamW;
  readonly #gradients: readonly Float32Array[];
  readonly #sum: Float32Array;

  constructor(
    config: TrainingConfig,
    run: TrainingRun,
    stepsPerEpoch: number,
    shards: readonly Shard[],
    optimiser: AdamW,
    gradients: readonly SharedArrayBuffer[],
  ) {
    this.#config = config;
    this.#run = run;
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#shards = shards;
    this.#optimiser = optimiser;
    this.#gradients = gradients.map((gradient) => new Float32Array(gradient));
    this.#sum = new Float32Array(this.#gradients[0]!.length);
  }

  /** @returns false when the signal stopped it */
  async epoch(epoch: number): Promise<boolean> {
    const steps = this.#stepsPerEpoch;
    const meter = new ProgressMeter(epoch, this.#config.epochs, steps);
    let next = this.#prepare(epoch, 0);
    for (let index = 0; index < steps; index++) {
      if (this.#run.signal?.aborted) {
        // What was asked of the threads is awaited, so that they can be closed.
        await next.catch(() => {});
        return false;
      }
      const scales = this.#scales(await next);
      const evaluated = Promise.all(this.#shards.map((shard) => shard.evaluate(scales)));
      // The next batch is built while this one is evaluated.
      next = index + 1 < steps ? this.#prepare(epoch, index + 1) : Promise.resolve([]);
      next.catch(() => {});
      const losses = sumLosses(await evaluated);
      if (!Number.isFinite(losses.loss)) {
        throw new UndertoneError(
          'bad_config',
          `Expected a finite loss; found ${losses.loss} in epoch ${epoch + 1}, step ${index + 1}. Lower the learning rate.`,
        );
      }
      const rate = oneCycleRate(this.#config.optimiser, epoch * steps + index, this.#config.epochs * steps);
      this.#sumGradients();
      const gradientNorm = this.#optimiser.update(this.#sum, rate);
      this.#run.onProgress?.(meter.step(losses, rate, gradientNorm));
    }
    return true;
  }

  #prepare(epoch: number, index: number): Promise<ShardWeights[]> {
    return Promise.all(this.#shards.map((shard) => shard.prepare(epoch, index)));
  }

  #scales(weights: readonly ShardWeights[]): { classScale: number; speechScale: number } {
    const classWeight = weights.reduce((sum, part) => sum + part.classWeight, 0);
    const speechWeight = weights.reduce((sum, part) => sum + part.speechWeight, 0);
    return {
      classScale: classWeight > 0 ? 1 / classWeight : 0,
      speechScale: speechWeight > 0 ? this.#config.speechLossWeight / speechWeight : 0,
    };
  }

  #sumGradients(): void {
    const sum = this.#sum;
    sum.set(this.#gradients[0]!);
    for (const gradient of this.#gradients.slice(1)) {
      for (let i = 0; i < sum.length; i++) sum[i]! += gradient[i]!;
    }
  }
}

function sumLosses(parts: readonly ShardLosses[]): ShardLosses {
  return parts.reduce((sum, part) => ({
    loss: sum.loss + part.loss,
    classLoss: sum.classLoss + part.classLoss,
    speechLoss: sum.speechLoss + part.speechLoss,
  }));
}
