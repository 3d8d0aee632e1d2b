/** Evaluates one shard of each batch of windows: loss and gradient. */
import { UndertoneError } from '@undertone/core';
import { fillKeep } from '../../autodiff/dropout.ts';
import type { BatchSource } from '../../train/batch.ts';
import { GraphSession } from '../../train/graph-session.ts';
import { seededRandom } from '../../train/seeded-random.ts';
import type { LossScales, Shard, ShardLosses, ShardPlan, ShardWeights } from '../../train/shard-evaluator.ts';
import { type CnnConfig, framesPerStep } from './cnn-config.ts';
import { cnnTrainingGraph } from './cnn-graph.ts';
import { type WindowBatch, windowBatch } from './window-batches.ts';

export interface CnnShardPlan {
  readonly model: CnnConfig;
  readonly seed: number;
  readonly shard: number;
}

export function isCnnPlan(plan: CnnShardPlan | ShardPlan): plan is CnnShardPlan {
  return 'windowFrames' in plan.model;
}

interface Prepared extends WindowBatch {
  readonly keep: Float32Array;
}

export class CnnShard implements Shard {
  readonly #plan: CnnShardPlan;
  readonly #source: BatchSource;
  readonly #parameters: Float32Array;
  readonly #gradient: Float32Array;
  #session: Promise<GraphSession> | undefined;
  #prepared: Prepared | undefined;

  /**
   * @param parameters read at each `evaluate`; may be shared with other threads
   * @param gradient written by each `evaluate`
   */
  constructor(plan: CnnShardPlan, source: BatchSource, parameters: Float32Array, gradient: Float32Array) {
    this.#plan = plan;
    this.#source = source;
    this.#parameters = parameters;
    this.#gradient = gradient;
  }

  async prepare(epoch: number, index: number): Promise<ShardWeights> {
    const { model, seed, shard } = this.#plan;
    const { windowFrames, inputSize, classes, size, dropout } = model;
    const options = { windowFrames, inputSize, classes, stepFrames: framesPerStep, seed };
    const batch = windowBatch(this.#source, options, epoch, index, shard);
    const keep = new Float32Array(this.#source.shardRows * 2 * size);
    fillKeep(keep, dropout, seededRandom(seed, epoch, index, shard));
    this.#prepared = { ...batch, keep };
    return { classWeight: batch.targets.reduce((sum, weight) => sum + weight, 0), speechWeight: 0 };
  }

  async evaluate({ classScale }: LossScales): Promise<ShardLosses> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    if (!prepared) throw new UndertoneError('internal', 'Expected a prepared shard to evaluate; found none.');
    this.#session ??= GraphSession.open(cnnTrainingGraph(this.#plan.model, this.#source.shardRows));
    const out = await (await this.#session).run({
      // ONNX Runtime does not take shared memory.
      parameters: Float32Array.from(this.#parameters),
      ...prepared,
      lossScale: Float32Array.of(classScale),
    });
    this.#gradient.set(out.gradient!);
    const loss = out.loss![0]!;
    return { loss, classLoss: loss, speechLoss: 0 };
  }

  async close(): Promise<void> {
    await (await this.#session)?.close();
  }
}
