/**
 * Trains the network over windows, with the optimiser, loop and checkpoints of the streaming model. A run depends on its
 * configuration only: interrupted and resumed, it ends with the same model.
 */
import { createHash } from 'node:crypto';
import type { BatchSourceOptions } from '../../data/batch-options.ts';
import { batchSourceModule, CachedBatchSource } from '../../data/batch-source.ts';
import { readCheckpoint, writeCheckpoint } from '../../train/checkpoint.ts';
import { AdamW, initialState, type OptimiserConfig, type OptimiserState } from '../../train/optimiser.ts';
import type { TrainingProgress } from '../../train/progress-meter.ts';
import { ThreadedShard } from '../../train/threaded-shard.ts';
import { TrainingLoop } from '../../train/training-loop.ts';
import { type CnnConfig, cnnLayout } from './cnn-config.ts';
import { cnnInitialParameters } from './cnn-initial-parameters.ts';
import { CnnShard } from './cnn-shard.ts';

export interface CnnTraining {
  readonly model: CnnConfig;
  readonly optimiser: OptimiserConfig;
  readonly batches: BatchSourceOptions;
  readonly epochs: number;
  readonly seed: number;
}

export interface CnnRun {
  /** One thread a shard, or everything in this one, with the same result. */
  readonly threads: boolean;
  /** File that is replaced after every epoch. */
  readonly checkpointPath: string;
  /** Continue from it. */
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: TrainingProgress) => void;
  /** Called after every `validateEvery` epochs, and after the last. */
  readonly onValidate?: (average: Float32Array, epoch: number) => Promise<void>;
  readonly validateEvery: number;
}

/** @returns the averaged parameters, or null when the signal stopped it */
export async function trainCnn(training: CnnTraining, run: CnnRun): Promise<Float32Array | null> {
  const { model, optimiser: optimiserConfig, batches, epochs, seed } = training;
  const layout = cnnLayout(model);
  const configHash = createHash('sha256')
    .update(JSON.stringify(['cnn', training]))
    .digest('hex');
  const { epoch: firstEpoch, state: start } = run.resume
    ? await readCheckpoint(run.checkpointPath, { configHash, parameterCount: layout.size })
    : { epoch: 0, state: initialState(cnnInitialParameters(model, seed)) };
  const shared = (): SharedArrayBuffer => new SharedArrayBuffer(4 * layout.size);
  const memory = shared();
  const state: OptimiserState = { ...start, parameters: new Float32Array(memory) };
  state.parameters.set(start.parameters);
  const optimiser = new AdamW(state, optimiserConfig, layout.decayMask());
  const source = new CachedBatchSource(batches);
  const gradients = Array.from({ length: source.shards }, shared);
  const shards = gradients.map((gradient, shard) => {
    const plan = { model, seed, shard };
    if (!run.threads) return new CnnShard(plan, source, state.parameters, new Float32Array(gradient));
    const spec = { module: batchSourceModule, options: batches };
    return new ThreadedShard({ plan, source: spec, parameters: memory, gradient });
  });
  try {
    const loop = new TrainingLoop(
      { optimiser: optimiserConfig, epochs, speechLossWeight: 0 },
      { signal: run.signal, ...(run.onProgress && { onProgress: run.onProgress }) },
      source.batchesPerEpoch,
      shards,
      optimiser,
      gradients,
    );
    for (let epoch = firstEpoch; epoch < epochs; epoch++) {
      if (!(await loop.epoch(epoch))) return null;
      const done = epoch + 1;
      await writeCheckpoint(run.checkpointPath, { configHash, seed, epoch: done, state });
      if (done % run.validateEvery === 0 || done === epochs) {
        await run.onValidate?.(Float32Array.from(state.average), done);
      }
    }
    return Float32Array.from(state.average);
  } finally {
    await Promise.all(shards.map((shard) => shard.close()));
  }
}
