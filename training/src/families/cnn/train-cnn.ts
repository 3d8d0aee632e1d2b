/**
 * Trains the network over windows, with the optimiser, loop and checkpoints of the streaming model. A run depends on its
 * configuration only: interrupted and resumed, it ends with the same model.
 */
import { createHash } from 'node:crypto';
import type { BatchSourceOptions } from '../../data/batch-options.ts';
import { batchSourceModule, CachedBatchSource } from '../../data/batch-source.ts';
import { readCheckpoint, writeCheckpoint } from '../../train/checkpoint.ts';
import { type BestSoFar, EarlyStopping } from '../../train/early-stopping.ts';
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
  /** Stop after this many validations without a better score, with the best weights; never when left out. */
  readonly patience?: number;
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
  /**
   * Called after every `validateEvery` epochs, and after the last.
   * @returns the score, the higher the better; needed with `patience`
   */
  readonly onValidate?: (average: Float32Array, epoch: number) => Promise<number | undefined>;
  readonly validateEvery: number;
}

export interface TrainedCnn {
  /** Averaged; with early stopping the best. */
  readonly parameters: Float32Array;
  /** Epochs that made them. */
  readonly epochs: number;
}

/**
 * @returns null when the signal stopped it
 * @throws UndertoneError `bad_checkpoint` when resuming from a file that is damaged or another run's, `bad_config` with
 * `patience` and no score
 */
export async function trainCnn(training: CnnTraining, run: CnnRun): Promise<TrainedCnn | null> {
  const { model, optimiser: optimiserConfig, batches, epochs, seed, patience } = training;
  const layout = cnnLayout(model);
  // How often a run is looked at matters only to one that may stop for it.
  const identity = ['cnn', training, ...(patience === undefined ? [] : [run.validateEvery])];
  const configHash = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  const {
    epoch: firstEpoch,
    state: start,
    best,
  } = run.resume
    ? await readCheckpoint(run.checkpointPath, { configHash, parameterCount: layout.size })
    : firstState(model, seed);
  const shared = (): SharedArrayBuffer => new SharedArrayBuffer(4 * layout.size);
  const memory = shared();
  const state: OptimiserState = { ...start, parameters: new Float32Array(memory) };
  state.parameters.set(start.parameters);
  const optimiser = new AdamW(state, optimiserConfig, layout.decayMask());
  const stopping = patience === undefined ? undefined : new EarlyStopping(patience, best);
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
    for (let epoch = firstEpoch; epoch < epochs && !stopping?.isOver; epoch++) {
      if (!(await loop.epoch(epoch))) return null;
      const done = epoch + 1;
      const save = (): Promise<void> =>
        writeCheckpoint(run.checkpointPath, { configHash, seed, epoch: done, state, best: stopping?.best });
      // What has been computed is safe before it is measured; but what decides when to stop is part of the checkpoint.
      if (!stopping) await save();
      if (done % run.validateEvery === 0 || done === epochs) {
        const average = Float32Array.from(state.average);
        const score = await run.onValidate?.(average, done);
        stopping?.see(score, done, average);
      }
      if (stopping) await save();
    }
    const { parameters, epoch } = stopping?.best ?? { parameters: state.average, epoch: epochs };
    return { parameters: Float32Array.from(parameters), epochs: epoch };
  } finally {
    await Promise.all(shards.map((shard) => shard.close()));
  }
}

interface FirstState {
  readonly epoch: number;
  readonly state: OptimiserState;
  readonly best?: BestSoFar | undefined;
}

function firstState(model: CnnConfig, seed: number): FirstState {
  return { epoch: 0, state: initialState(cnnInitialParameters(model, seed)) };
}
