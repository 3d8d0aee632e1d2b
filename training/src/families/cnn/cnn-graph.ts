/**
 * The network over windows of log-mel and pitch, in the form for training: convolutions over time and frequency make one
 * feature vector for each 40 ms, two convolutions over time follow, and attention-weighted statistics of the window are
 * classified. `export/cnn-model.ts` writes the same network for use.
 */
import { relu } from '../../autodiff/activations.ts';
import { concat, reshape, scale, transpose } from '../../autodiff/arithmetic.ts';
import { attentionPooling } from '../../autodiff/attention-pooling.ts';
import { conv2d } from '../../autodiff/conv2d.ts';
import { dropout } from '../../autodiff/dropout.ts';
import { Graph, type Value } from '../../autodiff/graph.ts';
import { linear } from '../../autodiff/linear.ts';
import { crossEntropy } from '../../autodiff/losses.ts';
import { encodeModel } from '../../autodiff/onnx-writer.ts';
import { rawSplit } from '../../autodiff/raw.ts';
import { expectDims } from '../../autodiff/shape.ts';
import type { ParameterValues } from '../../models/parameter-layout.ts';
import type { BuiltGraph } from '../../models/training-graph.ts';
import {
  bandFeatures,
  type CnnConfig,
  cnnLayers,
  cnnLayout,
  framesPerStep,
  pitchInputs,
  timeKernel,
} from './cnn-config.ts';

/**
 * @param features `[T, B, F]`, time first
 * @param keep `[B, 1, 2 size]` which pooled values are kept, as `dropout` takes it; leave out when not training
 * @returns class logits `[B, C]`
 */
export function cnnLogits(
  g: Graph,
  config: CnnConfig,
  p: ParameterValues,
  features: Value,
  keep?: Value,
): Value {
  expectDims('features', features.dims, [config.windowFrames, -1, config.inputSize]);
  const batch = features.dims[1]!;
  const steps = config.windowFrames / framesPerStep;
  const [bands, pitch] = rawSplit(g, features, 2, [config.bands, pitchInputs]) as [Value, Value];
  const inputs = concat(g, [bandPart(g, config, p, bands), pitchPart(g, p, pitch)], 1);
  let x = reshape(g, inputs, [steps, batch, 1, inputs.dims[1]!]);
  for (const name of ['time1', 'time2']) x = relu(g, overTime(g, x, p, name));
  const values = transpose(g, reshape(g, x, [steps, batch, config.size]), [1, 0, 2]);
  const rows = reshape(g, values, [batch * steps, config.size]);
  const attention = reshape(g, linear(g, rows, p.get('attention.weight')), [batch, steps]);
  const pooled = attentionPooling(g, values, attention, g.zeros([batch, 1, steps]));
  const kept = reshape(g, keep ? dropout(g, pooled, keep) : pooled, [batch, 2 * config.size]);
  return linear(g, kept, p.get('classes.weight'), p.get('classes.bias'));
}

/** `[T, B, bands]` to `[T' B, size]`. */
function bandPart(g: Graph, config: CnnConfig, p: ParameterValues, bands: Value): Value {
  let x = reshape(g, bands, [...bands.dims, 1]);
  for (const [i, layer] of cnnLayers(config).entries()) {
    const y = conv2d(g, x, p.get(`${layer.name}.kernel`), p.get(`${layer.name}.bias`), {
      strideTime: layer.strideTime,
      strideFrequency: 2,
      padTime: layer.padTime,
      padFrequency: [layer.padFrequency, layer.padFrequency],
      inputGradient: i > 0,
      bandsPerProduct: layer.inChannels === 1 && layer.outBands % 4 === 0 ? 4 : 1,
    });
    x = relu(g, y);
  }
  const rows = reshape(g, x, [x.dims[0]! * x.dims[1]!, bandFeatures(config)]);
  return relu(g, linear(g, rows, p.get('bands.weight'), p.get('bands.bias')));
}

/** `[T, B, 3]` to `[T' B, 16]`: the pitch inputs of a step's frames side by side. */
function pitchPart(g: Graph, p: ParameterValues, pitch: Value): Value {
  const [frames, batch] = pitch.dims as [number, number, number];
  const steps = frames / framesPerStep;
  const grouped = transpose(g, reshape(g, pitch, [steps, framesPerStep, batch, pitchInputs]), [0, 2, 1, 3]);
  const rows = reshape(g, grouped, [steps * batch, framesPerStep * pitchInputs]);
  return relu(g, linear(g, rows, p.get('pitch.weight'), p.get('pitch.bias')));
}

function overTime(g: Graph, x: Value, p: ParameterValues, name: string): Value {
  const around = (timeKernel - 1) / 2;
  return conv2d(g, x, p.get(`${name}.kernel`), p.get(`${name}.bias`), {
    strideTime: 1,
    strideFrequency: 1,
    padTime: [around, around],
    padFrequency: [0, 0],
  });
}

/**
 * Inputs: `parameters [P]`, `features [T, B, F]`, `targets [B, C]` (the sum of a row is its weight), `keep [B, 1, 2 size]`
 * and the scalar `lossScale`. Outputs: `loss [1]` and `gradient [P]`.
 */
export function cnnTrainingGraph(config: CnnConfig, rows: number): BuiltGraph {
  const g = new Graph();
  const layout = cnnLayout(config);
  const flat = g.input('parameters', [layout.size]);
  const features = g.input('features', [config.windowFrames, rows, config.inputSize]);
  const targets = g.input('targets', [rows, config.classes]);
  const keep = g.input('keep', [rows, 1, 2 * config.size]);
  const lossScale = g.input('lossScale', []);
  const parameters = layout.split(g, flat);
  const logits = cnnLogits(g, config, parameters, features, keep);
  const loss = scale(g, crossEntropy(g, logits, targets), lossScale);
  const gradient = layout.gradient(g, loss, parameters);
  const outputs = { loss: reshape(g, loss, [1]), gradient };
  return { model: encodeModel(g.spec('undertone_cnn_training', outputs)), inputs: g.inputs };
}

/** Inputs: `parameters` and `features` as above. Output: `logits [B, C]`. */
export function cnnForwardGraph(config: CnnConfig, rows: number): BuiltGraph {
  const g = new Graph();
  const layout = cnnLayout(config);
  const flat = g.input('parameters', [layout.size]);
  const features = g.input('features', [config.windowFrames, rows, config.inputSize]);
  const logits = cnnLogits(g, config, layout.split(g, flat), features);
  return { model: encodeModel(g.spec('undertone_cnn', { logits })), inputs: g.inputs };
}
