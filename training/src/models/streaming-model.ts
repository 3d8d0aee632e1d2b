/**
 * The network that Undertone ships: causal convolutions over log-mel bands and a small layer over pitch make one
 * feature vector for each 40 ms, a GRU reads these, and attention-weighted statistics of its state are classified. This is
 * the form for training (static shapes, time first); `export/` writes the same network for streaming.
 */

import { relu } from '../autodiff/activations.ts';
import { concat, reshape, transpose } from '../autodiff/arithmetic.ts';
import { attentionPooling } from '../autodiff/attention-pooling.ts';
import { conv2d } from '../autodiff/conv2d.ts';
import { dropout } from '../autodiff/dropout.ts';
import type { Graph, Value } from '../autodiff/graph.ts';
import { gru } from '../autodiff/gru.ts';
import { linear } from '../autodiff/linear.ts';
import { rawSplit } from '../autodiff/raw.ts';
import { badShape, expectDims } from '../autodiff/shape.ts';
import {
  checkModelConfig,
  convLayers,
  convOutputSize,
  pitchInputs,
  type StreamingModelConfig,
  stepFrames,
} from './model-config.ts';
import { ParameterLayout, type ParameterSpec, type ParameterValues } from './parameter-layout.ts';

/** Names, shapes and order of the parameters. Weights are `[in, out]`, kernels `[time, frequency, in, out]`. */
export function streamingModelLayout(config: StreamingModelConfig): ParameterLayout {
  checkModelConfig(config);
  const { convFeatureSize, pitchSize, gruSize, classes } = config;
  const weight = (name: string, ...dims: number[]): ParameterSpec => ({ name, dims, kind: 'weight' });
  const bias = (name: string, ...dims: number[]): ParameterSpec => ({ name, dims, kind: 'bias' });
  return new ParameterLayout([
    ...convLayers(config).flatMap((layer) => [
      weight(
        `${layer.name}.kernel`,
        layer.kernelTime,
        layer.kernelFrequency,
        layer.inChannels,
        layer.outChannels,
      ),
      bias(`${layer.name}.bias`, layer.outChannels),
    ]),
    weight('bands.weight', convOutputSize(config), convFeatureSize),
    bias('bands.bias', convFeatureSize),
    weight('pitch.weight', stepFrames * pitchInputs, pitchSize),
    bias('pitch.bias', pitchSize),
    weight('gru.input', convFeatureSize + pitchSize, 3 * gruSize),
    weight('gru.recurrent', gruSize, 3 * gruSize),
    bias('gru.inputBias', 3 * gruSize),
    bias('gru.recurrentBias', 3 * gruSize),
    // No bias: a constant in all scores changes no weight.
    weight('attention.weight', gruSize, 1),
    weight('speech.weight', gruSize, 1),
    bias('speech.bias', 1),
    weight('classes.weight', 2 * gruSize, classes),
    bias('classes.bias', classes),
  ]);
}

/** Which units are kept, as `dropout` takes it. */
export interface KeepMasks {
  /** `[B, 1, K]`: the same for all steps of a row. */
  readonly values: Value;
  /** `[B, V, 2K]` */
  readonly pooled: Value;
}

export interface StreamingModelOutputs {
  /** `[B, T', K]`: what is pooled. */
  readonly values: Value;
  /** `[B, T']` natural logarithm of a step's weight. */
  readonly attention: Value;
  /** `[B, T']` logit that the step holds speech. */
  readonly speech: Value;
  /** `[B, V, 2K]` */
  readonly pooled: Value;
  /** `[B, V, C]` */
  readonly logits: Value;
}

/**
 * @param features `[T, B, F]`, time first
 * @param poolMask `[B, V, T']` with T' = T / 4
 * @param keep leave out when not training
 */
export function streamingModel(
  g: Graph,
  config: StreamingModelConfig,
  p: ParameterValues,
  features: Value,
  poolMask: Value,
  keep?: KeepMasks,
): StreamingModelOutputs {
  expectDims('features', features.dims, [-1, -1, config.inputSize]);
  const [frames, batch] = features.dims as [number, number, number];
  if (frames % stepFrames !== 0) badShape(`a multiple of ${stepFrames} frames`, `${frames}`);
  const steps = frames / stepFrames;
  expectDims('pool mask', poolMask.dims, [batch, -1, steps]);
  const views = poolMask.dims[1]!;

  const [bands, pitch] = rawSplit(g, features, 2, [config.bands, pitchInputs]) as [Value, Value];
  const inputs = concat(g, [bandFeatures(g, config, p, bands), pitchFeatures(g, p, pitch)], 1);
  const hidden = gru(g, reshape(g, inputs, [steps, batch, inputs.dims[1]!]), {
    input: p.get('gru.input'),
    recurrent: p.get('gru.recurrent'),
    inputBias: p.get('gru.inputBias'),
    recurrentBias: p.get('gru.recurrentBias'),
  });

  const values = transpose(g, hidden, [1, 0, 2]);
  const rows = reshape(g, values, [batch * steps, config.gruSize]);
  const perStep = (score: Value): Value => reshape(g, score, [batch, steps]);
  const attention = perStep(linear(g, rows, p.get('attention.weight')));
  const speech = perStep(linear(g, rows, p.get('speech.weight'), p.get('speech.bias')));
  const pooled = attentionPooling(g, keep ? dropout(g, values, keep.values) : values, attention, poolMask);
  const kept = reshape(g, keep ? dropout(g, pooled, keep.pooled) : pooled, [
    batch * views,
    2 * config.gruSize,
  ]);
  const logits = linear(g, kept, p.get('classes.weight'), p.get('classes.bias'));
  return {
    values,
    attention,
    speech,
    pooled,
    logits: reshape(g, logits, [batch, views, config.classes]),
  };
}

/** `[T, B, bands]` to `[T' B, convFeatureSize]`. */
function bandFeatures(g: Graph, config: StreamingModelConfig, p: ParameterValues, bands: Value): Value {
  let x = reshape(g, bands, [...bands.dims, 1]);
  for (const [i, layer] of convLayers(config).entries()) {
    x = relu(
      g,
      conv2d(g, x, p.get(`${layer.name}.kernel`), p.get(`${layer.name}.bias`), {
        strideTime: layer.strideTime,
        strideFrequency: layer.strideFrequency,
        padTime: [layer.history, 0],
        padFrequency: [layer.padFrequency, layer.padFrequency],
        inputGradient: i > 0,
        bandsPerProduct: layer.inChannels === 1 && layer.outBands % 4 === 0 ? 4 : 1,
      }),
    );
  }
  const [steps, batch, outBands, channels] = x.dims as [number, number, number, number];
  const rows = reshape(g, x, [steps * batch, outBands * channels]);
  return relu(g, linear(g, rows, p.get('bands.weight'), p.get('bands.bias')));
}

/** `[T, B, 3]` to `[T' B, pitchSize]`: the pitch inputs of a step's frames side by side. */
function pitchFeatures(g: Graph, p: ParameterValues, pitch: Value): Value {
  const [frames, batch] = pitch.dims as [number, number, number];
  const steps = frames / stepFrames;
  const grouped = transpose(g, reshape(g, pitch, [steps, stepFrames, batch, pitchInputs]), [0, 2, 1, 3]);
  const rows = reshape(g, grouped, [steps * batch, stepFrames * pitchInputs]);
  return relu(g, linear(g, rows, p.get('pitch.weight'), p.get('pitch.bias')));
}
