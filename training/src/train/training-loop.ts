/** The steps of an epoch: evaluate the shards of a batch, sum their gradients, update the parameters. */
import { UndertoneError } from '@undertone/core';
import { type AdamW, evenStepsAt, learningRateAt } from './optimiser.ts';
import { ProgressMeter } from './progress-meter.ts';
import type { LossScales, Shard, ShardLosses, ShardWeights } from './shard-evaluator.ts';
import type { TrainingConfig, TrainingRun } from './training-config.ts';

/** The part of a run's configuration that does not depend on the model. */
export type LoopConfig = Pick<TrainingConfig, 'optimiser' | 'epochs' | 'speechLossWeight'>;

export class TrainingLoop {
  readonly #config: LoopConfig;
  readonly #run: TrainingRun;
  readonly #stepsPerEpoch: number;
  readonly #shards: readonly Shard[];
  readonly #optimiser: AdamW;
  readonly #gradients: readonly Float32Array[];
  readonly #sum: Float32Array;

  constructor(
    config: LoopConfig,
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
      // The next batch is built while this one is evaluated, in threads while the parameters are updated.
      next = index + 1 < steps ? this.#prepare(epoch, index + 1) : Promise.resolve([]);
      next.catch(() => {});
      const losses = sumLosses(await evaluated);
      const refuse = (what: string, found: number): never => {
        throw new UndertoneError(
          'bad_config',
          `Expected a finite ${what}; found ${found} in epoch ${epoch + 1}, step ${index + 1}. Lower the learning rate.`,
        );
      };
      if (!Number.isFinite(losses.loss)) refuse('loss', losses.loss);
      const { optimiser, epochs } = this.#config;
      const [step, allSteps] = [epoch * steps + index, epochs * steps];
      const rate = learningRateAt(optimiser, step, allSteps);
      this.#sumGradients();
      const gradientNorm = this.#optimiser.update(this.#sum, rate, evenStepsAt(optimiser, step, allSteps));
      // Before a checkpoint is made of it.
      if (!Number.isFinite(gradientNorm)) refuse('gradient', gradientNorm);
      this.#run.onProgress?.(meter.step(losses, rate, gradientNorm));
    }
    return true;
  }

  #prepare(epoch: number, index: number): Promise<ShardWeights[]> {
    return Promise.all(this.#shards.map((shard) => shard.prepare(epoch, index)));
  }

  #scales(weights: readonly ShardWeights[]): LossScales {
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
