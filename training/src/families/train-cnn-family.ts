/** The CNN as a family: batches of windows in, a model folder out. */
import { UndertoneError } from '@undertone/core';
import { optimiserOf } from '../config/derived.ts';
import type { Experiment } from '../config/experiment.ts';
import type { BatchSourceOptions } from '../data/batch-options.ts';
import type { Progress } from '../experiment/progress.ts';
import type { RunFolder } from '../experiment/run-folder.ts';
import { exportCnn } from '../export/cnn-model.ts';
import { goldenCase, writeWindowModel } from '../export/write-window-model.ts';
import { duration } from '../report/progress-line.ts';
import { GraphSession } from '../train/graph-session.ts';
import { seededNormal, seededRandom } from '../train/seeded-random.ts';
import { timeFirst } from '../train/time-first.ts';
import type { CnnConfig } from './cnn/cnn-config.ts';
import { cnnForwardGraph } from './cnn/cnn-graph.ts';
import { trainCnn } from './cnn/train-cnn.ts';
import type { FamilyNetwork, TrainedFamily } from './family-network.ts';
import type { FramesLayout } from './window-layout.ts';

export interface CnnFamilyTraining {
  readonly experiment: Experiment;
  readonly layout: FramesLayout;
  readonly batches: BatchSourceOptions;
  readonly folder: RunFolder;
  readonly resume: boolean;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /**
   * Called with the network of the averaged weights after every `validateEvery` epochs; without it nothing is stopped early.
   * @returns the score that early stopping goes by
   */
  readonly onValidate?: ((network: FamilyNetwork, epoch: number) => Promise<number>) | undefined;
}

/** @returns null when the signal stopped it */
export async function trainCnnFamily(training: CnnFamilyTraining): Promise<TrainedFamily | null> {
  const { experiment, layout, folder, progress, signal, resume, onValidate } = training;
  const { epochs, seed, validateEvery, patience } = experiment;
  const model = cnnConfigOf(experiment, layout);
  const trained = await trainCnn(
    {
      model,
      optimiser: optimiserOf(experiment),
      batches: batchesOf(training),
      epochs,
      seed,
      ...(patience > 0 && onValidate && { patience }),
    },
    {
      threads: experiment.threads > 0,
      checkpointPath: folder.checkpointPath,
      resume: resume && folder.hasCheckpoint,
      signal,
      validateEvery,
      onProgress: ({ epoch, step, steps, loss, learningRate, secondsLeft }) => {
        const detail = `loss ${loss.toFixed(4)}, ${duration(secondsLeft)} left`;
        progress.update(`cnn epoch ${epoch}/${epochs}`, step, steps, detail);
        if (step === steps) folder.addToCurves({ epoch, loss, classLoss: loss, speechLoss: 0, learningRate });
      },
      ...(onValidate && {
        onValidate: (average: Float32Array, epoch: number) =>
          onValidate(networkOf(average, model, layout), epoch),
      }),
    },
  );
  return trained && { network: networkOf(trained.parameters, model, layout), epochs: trained.epochs };
}

function cnnConfigOf(experiment: Experiment, { features, inputSize, windowFrames }: FramesLayout): CnnConfig {
  return {
    inputSize,
    bands: features.logMel.bands,
    windowFrames,
    channels: experiment.cnnChannels,
    size: experiment.cnnSize,
    classes: experiment.labels.length,
    dropout: experiment.dropout,
  };
}

/**
 * Rows long enough for windows. A window pools all that it hears, so what comes before a clip is a pause, never speech of
 * another emotion.
 */
function batchesOf({ batches }: CnnFamilyTraining): BatchSourceOptions {
  return { ...batches, context: { ...batches.context, pauseProbability: 1 } };
}

function networkOf(parameters: Float32Array, model: CnnConfig, layout: FramesLayout): FamilyNetwork {
  if (!parameters.every(Number.isFinite)) {
    throw new UndertoneError('bad_parameter', 'Expected finite parameters; found NaN or infinity.');
  }
  return {
    summary: `A convolutional network over windows, ${parameters.length} parameters`,
    parameters: parameters.length,
    write: async (folder, description) => {
      const golden = [await goldenWindow(parameters, model)];
      return writeWindowModel(folder, { layout, model: exportCnn(parameters, model), golden, description });
    },
  };
}

async function goldenWindow(parameters: Float32Array, model: CnnConfig) {
  const normal = seededNormal(seededRandom(1));
  // Multiples of 1/64 are short in JSON and exact in float32.
  const window = Float32Array.from(
    { length: model.windowFrames * model.inputSize },
    () => Math.round(normal() * 32) / 64,
  );
  const session = await GraphSession.open(cnnForwardGraph(model, 1));
  try {
    const features = timeFirst(window, 1, model.windowFrames);
    const { logits } = await session.run({ parameters, features });
    return goldenCase(window, logits!);
  } finally {
    await session.close();
  }
}
