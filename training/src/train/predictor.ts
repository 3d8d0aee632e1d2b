/** Runs the training graph forward on whole clips, as validation during training does. */
import { UndertoneError } from '@undertone/core';
import { checkModelConfig, type StreamingModelConfig, stepFrames } from '../models/model-config.ts';
import { forwardGraph } from '../models/training-graph.ts';
import type { TrainingBatch } from './batch.ts';
import { SessionCache } from './graph-session.ts';
import { timeFirst } from './time-first.ts';

export type PredictionInput = Pick<TrainingBatch, 'rows' | 'frames' | 'features' | 'poolMask'>;

export interface Prediction {
  /** `[B, V, C]` */
  readonly logits: Float32Array;
  /** `[B, T', K]` */
  readonly values: Float32Array;
  /** `[B, T']` */
  readonly attention: Float32Array;
  /** `[B, T']` */
  readonly speech: Float32Array;
}

export class Predictor {
  readonly #config: StreamingModelConfig;
  readonly #sessions: SessionCache;

  /** @param sessionLimit sessions kept open, one for each (rows, frames, views) */
  constructor(config: StreamingModelConfig, sessionLimit = 8) {
    checkModelConfig(config);
    this.#config = config;
    this.#sessions = new SessionCache((size) => forwardGraph(config, size), sessionLimit);
  }

  /**
   * Keep to few different sizes: each opens a session.
   * @throws UndertoneError `bad_parameter` when lengths do not fit
   */
  async predict(parameters: Float32Array, input: PredictionInput): Promise<Prediction> {
    const { rows, frames, features, poolMask } = input;
    const steps = frames / stepFrames;
    const views = poolMask.length / (rows * steps);
    if (!Number.isInteger(steps) || !Number.isInteger(views) || views < 1) {
      throw new UndertoneError(
        'bad_parameter',
        `Expected frames in multiples of ${stepFrames} and whole views; found ${frames} frames, ${rows} rows and a mask of ${poolMask.length}.`,
      );
    }
    if (features.length !== rows * frames * this.#config.inputSize) {
      throw new UndertoneError(
        'bad_parameter',
        `Expected ${rows * frames * this.#config.inputSize} features; found ${features.length}.`,
      );
    }
    const out = await this.#sessions.run(
      { rows, frames, views },
      { parameters, features: timeFirst(features, rows, frames), poolMask },
    );
    return { logits: out.logits!, values: out.values!, attention: out.attention!, speech: out.speech! };
  }

  async close(): Promise<void> {
    await this.#sessions.close();
  }
}
