/** Evaluates one shard of each batch: losses and gradient, in whichever thread this runs. */
import { UndertoneError } from '@undertone/core';
import { fillKeep } from '../autodiff/dropout.ts';
import { checkModelConfig, type StreamingModelConfig } from '../models/model-config.ts';
import { trainingGraph } from '../models/training-graph.ts';
import type { BatchSource, TrainingBatch } from './batch.ts';
import { SessionCache } from './graph-session.ts';
import { seededRandom } from './seeded-random.ts';
import { timeFirst } from './time-first.ts';

/** Sums of weights in a shard; the losses are divided by the sums over all shards. */
export interface ShardWeights {
  readonly classWeight: number;
  readonly speechWeight: number;
}

/** Factors of the summed losses. */
export interface LossScales {
  readonly classScale: number;
  readonly speechScale: number;
}

/** The shard's share of the batch's losses, already scaled. */
export interface ShardLosses {
  readonly loss: number;
  readonly classLoss: number;
  readonly speechLoss: number;
}

/** A shard, here or in another thread. Calls follow each other: prepare, evaluate, prepare, evaluate... */
export interface Shard {
  /** Builds the shard of a batch, which the next `evaluate` takes. */
  prepare(epoch: number, index: number): Promise<ShardWeights>;
  /** Leaves the gradient in the shard's vector. */
  evaluate(scales: LossScales): Promise<ShardLosses>;
  close(): Promise<void>;
}

export interface ShardPlan {
  readonly model: StreamingModelConfig;
  readonly seed: number;
  readonly shard: number;
  /** Names of parameters whose gradient is not wanted. */
  readonly frozen?: readonly string[] | undefined;
}

/** Training sessions kept open; each holds the memory of one forward and backward pass. */
const sessionLimit = 8;

interface Prepared {
  readonly batch: TrainingBatch;
  readonly keepValues: Float32Array;
  readonly keepPooled: Float32Array;
}

export class ShardEvaluator implements Shard {
  readonly #plan: ShardPlan;
  readonly #source: BatchSource;
  readonly #parameters: Float32Array;
  readonly #gradient: Float32Array;
  readonly #sessions: SessionCache;
  #prepared: Prepared | undefined;

  /**
   * @param parameters read at each `evaluate`; may be shared with other threads
   * @param gradient written by each `evaluate`
   */
  constructor(plan: ShardPlan, source: BatchSource, parameters: Float32Array, gradient: Float32Array) {
    checkModelConfig(plan.model);
    this.#plan = plan;
    this.#source = source;
    this.#parameters = parameters;
    this.#gradient = gradient;
    this.#sessions = new SessionCache((size) => trainingGraph(plan.model, size, plan.frozen), sessionLimit);
  }

  async prepare(epoch: number, index: number): Promise<ShardWeights> {
    const { model, seed, shard } = this.#plan;
    const batch = this.#source.batch(epoch, index, shard);
    this.#check(batch);
    const random = seededRandom(seed, epoch, index, shard);
    const keepValues = new Float32Array(batch.rows * model.gruSize);
    const keepPooled = new Float32Array(batch.rows * this.#source.views * 2 * model.gruSize);
    fillKeep(keepValues, model.dropout, random);
    fillKeep(keepPooled, model.dropout, random);
    this.#prepared = { batch, keepValues, keepPooled };
    return { classWeight: total(batch.targets), speechWeight: total(batch.speechWeights) };
  }

  async evaluate(scales: LossScales): Promise<ShardLosses> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    if (!prepared) throw new UndertoneError('internal', 'Expected a prepared shard to evaluate; found none.');
    const { batch, keepValues, keepPooled } = prepared;
    const { rows, frames } = batch;
    const out = await this.#sessions.run(
      { rows, frames, views: this.#source.views },
      {
        // ONNX Runtime does not take shared memory.
        parameters: Float32Array.from(this.#parameters),
        features: timeFirst(batch.features, rows, frames),
        poolMask: batch.poolMask,
        targets: batch.targets,
        speechTargets: batch.speechTargets,
        speechWeights: batch.speechWeights,
        keepValues,
        keepPooled,
        classScale: Float32Array.of(scales.classScale),
        speechScale: Float32Array.of(scales.speechScale),
      },
    );
    this.#gradient.set(out.gradient!);
    const [loss, classLoss, speechLoss] = out.loss!;
    return { loss: loss!, classLoss: classLoss!, speechLoss: speechLoss! };
  }

  async close(): Promise<void> {
    await this.#sessions.close();
  }

  #check(batch: TrainingBatch): void {
    const { shardRows, frameBuckets } = this.#source;
    if (batch.rows !== shardRows || !frameBuckets.includes(batch.frames)) {
      throw new UndertoneError(
        'bad_parameter',
        `Expected a batch of ${shardRows} rows and one of ${frameBuckets.join(', ')} frames; found ${batch.rows} rows of ${batch.frames} frames.`,
      );
    }
  }
}

function total(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
