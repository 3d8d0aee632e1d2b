/** The ONNX models that training runs: one step (losses and gradient) and the plain forward pass. */
import { add, reshape, scale } from '../autodiff/arithmetic.ts';
import { Graph, type Value } from '../autodiff/graph.ts';
import { binaryCrossEntropy, crossEntropy } from '../autodiff/losses.ts';
import { encodeModel } from '../autodiff/onnx-writer.ts';
import type { Dims } from '../autodiff/shape.ts';
import { type StreamingModelConfig, stepFrames } from './model-config.ts';
import { streamingModel, streamingModelLayout } from './streaming-model.ts';

/** Static sizes of a graph. */
export interface GraphSize {
  /** B */
  readonly rows: number;
  /** T, a multiple of 4. */
  readonly frames: number;
  /** V */
  readonly views: number;
}

export interface BuiltGraph {
  readonly model: Uint8Array;
  /** Shapes of the inputs by name. */
  readonly inputs: ReadonlyMap<string, Dims>;
}

/**
 * Inputs: `parameters [P]`, `features [T, B, F]`, `poolMask [B, V, T']`, `targets [B, V, C]`, `speechTargets [B, T']`,
 * `speechWeights [B, T']`, `keepValues [B, 1, K]`, `keepPooled [B, V, 2K]`, and the scalars `classScale` and
 * `speechScale`. Outputs: `loss [3]` (the sum, and the class and speech losses in it) and `gradient [P]`.
 * @param frozen names of parameters whose gradient is 0; what leads to no other is not computed
 */
export function trainingGraph(
  config: StreamingModelConfig,
  size: GraphSize,
  frozen: readonly string[] = [],
): BuiltGraph {
  const { rows, views } = size;
  const g = new Graph();
  const { layout, flat, features, poolMask } = commonInputs(g, config, size);
  const steps = size.frames / stepFrames;
  const targets = g.input('targets', [rows, views, config.classes]);
  const speechTargets = g.input('speechTargets', [rows, steps]);
  const speechWeights = g.input('speechWeights', [rows, steps]);
  const keep = {
    values: g.input('keepValues', [rows, 1, config.gruSize]),
    pooled: g.input('keepPooled', [rows, views, 2 * config.gruSize]),
  };
  const classScale = g.input('classScale', []);
  const speechScale = g.input('speechScale', []);

  const parameters = layout.split(g, flat);
  const out = streamingModel(g, config, parameters, features, poolMask, keep);
  const viewRows: Dims = [rows * views, config.classes];
  const classLoss = scale(
    g,
    crossEntropy(g, reshape(g, out.logits, viewRows), reshape(g, targets, viewRows)),
    classScale,
  );
  const speechLoss = scale(g, binaryCrossEntropy(g, out.speech, speechTargets, speechWeights), speechScale);
  const loss = add(g, classLoss, speechLoss);
  const gradient = layout.gradient(g, loss, parameters, frozen);
  const scalars = [loss, classLoss, speechLoss].map((value) => reshape(g, value, [1]));
  const losses = g.emit('Concat', scalars, [3], { axis: 0 });
  return { model: encodeModel(g.spec('undertone_training', { loss: losses, gradient })), inputs: g.inputs };
}

/**
 * Inputs: `parameters`, `features` and `poolMask` as above. Outputs: `logits [B, V, C]`, `values [B, T', K]`,
 * `attention [B, T']`, `speech [B, T']`.
 */
export function forwardGraph(config: StreamingModelConfig, size: GraphSize): BuiltGraph {
  const g = new Graph();
  const { layout, flat, features, poolMask } = commonInputs(g, config, size);
  const { logits, values, attention, speech } = streamingModel(
    g,
    config,
    layout.split(g, flat),
    features,
    poolMask,
  );
  const outputs: Record<string, Value> = { logits, values, attention, speech };
  return { model: encodeModel(g.spec('undertone_forward', outputs)), inputs: g.inputs };
}

function commonInputs(g: Graph, config: StreamingModelConfig, { rows, frames, views }: GraphSize) {
  const layout = streamingModelLayout(config);
  return {
    layout,
    flat: g.input('parameters', [layout.size]),
    features: g.input('features', [frames, rows, config.inputSize]),
    poolMask: g.input('poolMask', [rows, views, frames / stepFrames]),
  };
}
