/**
 * The two networks by whose training the engine is measured: a GRU of two layers of 128 over 150 frames of 64 inputs, and a
 * CNN of four convolutions (16, 32, 64, 64 channels, 3 x 3, each followed by pooling 2 x 2) over 300 frames of 64 bands. The
 * same sizes were measured with other engines.
 */
import { relu } from '../../autodiff/activations.ts';
import { reshape, scale, sum, transpose } from '../../autodiff/arithmetic.ts';
import { attentionPooling } from '../../autodiff/attention-pooling.ts';
import { conv2d } from '../../autodiff/conv2d.ts';
import { Graph, type Value } from '../../autodiff/graph.ts';
import { gru } from '../../autodiff/gru.ts';
import { linear } from '../../autodiff/linear.ts';
import { crossEntropy } from '../../autodiff/losses.ts';
import { maxPool } from '../../autodiff/max-pool.ts';
import { encodeModel } from '../../autodiff/onnx-writer.ts';
import { ParameterLayout, type ParameterSpec, type ParameterValues } from '../../models/parameter-layout.ts';
import type { BuiltGraph } from '../../models/training-graph.ts';

export type NetworkName = 'gru' | 'cnn';

export interface BenchmarkNetwork {
  readonly layout: ParameterLayout;
  /** Rows of a batch. */
  readonly rows: number;
  /** Multiplications and additions of one step, without what the backward pass computes again. */
  readonly flops: number;
  /** Inputs `parameters`, `features`, `targets [rows, classes]`; outputs `loss`, `gradient`. */
  readonly graph: (rows: number) => BuiltGraph;
}

const classes = 6;
const rows = 32;
const gruSize = { frames: 150, inputs: 64, hidden: 128, layers: 2 } as const;
const cnnSize = { frames: 300, bands: 64, channels: [16, 32, 64, 64] } as const;

const weight = (name: string, ...dims: number[]): ParameterSpec => ({ name, dims, kind: 'weight' });
const bias = (name: string, ...dims: number[]): ParameterSpec => ({ name, dims, kind: 'bias' });

export function benchmarkNetwork(name: NetworkName): BenchmarkNetwork {
  return name === 'gru' ? gruNetwork() : cnnNetwork();
}

function gruNetwork(): BenchmarkNetwork {
  const { frames, inputs, hidden, layers } = gruSize;
  const sizes = Array.from({ length: layers }, (_, i) => (i === 0 ? inputs : hidden));
  const layout = new ParameterLayout([
    ...sizes.flatMap((size, i) => [
      weight(`gru${i}.input`, size, 3 * hidden),
      weight(`gru${i}.recurrent`, hidden, 3 * hidden),
      bias(`gru${i}.inputBias`, 3 * hidden),
      bias(`gru${i}.recurrentBias`, 3 * hidden),
    ]),
    weight('attention.weight', hidden, 1),
    weight('classes.weight', 2 * hidden, classes),
    bias('classes.bias', classes),
  ]);
  const forward = (g: Graph, p: ParameterValues, features: Value): Value => {
    let x = features;
    for (let i = 0; i < layers; i++) {
      x = gru(g, x, {
        input: p.get(`gru${i}.input`),
        recurrent: p.get(`gru${i}.recurrent`),
        inputBias: p.get(`gru${i}.inputBias`),
        recurrentBias: p.get(`gru${i}.recurrentBias`),
      });
    }
    const batch = x.dims[1]!;
    const values = transpose(g, x, [1, 0, 2]);
    const score = linear(g, reshape(g, values, [batch * frames, hidden]), p.get('attention.weight'));
    const mask = g.zeros([batch, 1, frames]);
    const pooled = attentionPooling(g, values, reshape(g, score, [batch, frames]), mask);
    return linear(g, reshape(g, pooled, [batch, 2 * hidden]), p.get('classes.weight'), p.get('classes.bias'));
  };
  const products = sizes.map((size) => 3 * hidden * (size + hidden));
  // Forward, by the inputs, by the weights; nothing is wanted by the features.
  const flops = 2 * rows * frames * (3 * products.reduce((a, b) => a + b) - 3 * hidden * inputs);
  return { layout, rows, flops, graph: (n) => build(layout, [frames, n, inputs], forward) };
}

function cnnNetwork(): BenchmarkNetwork {
  const { frames, bands, channels } = cnnSize;
  const inChannels = [1, ...channels];
  const layout = new ParameterLayout([
    ...channels.flatMap((out, i) => [
      weight(`conv${i}.kernel`, 3, 3, inChannels[i]!, out),
      bias(`conv${i}.bias`, out),
    ]),
    weight('classes.weight', channels.at(-1)!, classes),
    bias('classes.bias', classes),
  ]);
  const forward = (g: Graph, p: ParameterValues, features: Value): Value => {
    let x = reshape(g, features, [...features.dims, 1]);
    for (let i = 0; i < channels.length; i++) {
      const y = conv2d(g, x, p.get(`conv${i}.kernel`), p.get(`conv${i}.bias`), {
        strideTime: 1,
        strideFrequency: 1,
        padTime: [1, 1],
        padFrequency: [1, 1],
        inputGradient: i > 0,
        bandsPerProduct: bandsPerProduct(i),
      });
      x = maxPool(g, relu(g, y));
    }
    const [time, , frequency] = x.dims as [number, number, number, number];
    const mean = scale(g, sum(g, x, [0, 2]), g.scalar(1 / (time * frequency)));
    return linear(g, mean, p.get('classes.weight'), p.get('classes.bias'));
  };
  let flops = 0;
  for (let i = 0; i < channels.length; i++) {
    const places = Math.floor(frames / 2 ** i) * (bands / 2 ** i);
    flops += 2 * rows * places * 9 * inChannels[i]! * channels[i]! * (i === 0 ? 2 : 3);
  }
  return { layout, rows, flops, graph: (n) => build(layout, [frames, n, bands], forward) };
}

/** Few channels make narrow products: some bands are then computed by one. */
function bandsPerProduct(layer: number): number {
  return [8, 2, 1, 1][layer]!;
}

function build(
  layout: ParameterLayout,
  featureDims: readonly number[],
  forward: (g: Graph, p: ParameterValues, features: Value) => Value,
): BuiltGraph {
  const g = new Graph();
  const flat = g.input('parameters', [layout.size]);
  const features = g.input('features', featureDims);
  const targets = g.input('targets', [featureDims[1]!, classes]);
  const parameters = layout.split(g, flat);
  const loss = crossEntropy(g, forward(g, parameters, features), targets);
  const gradient = layout.gradient(g, loss, parameters);
  const outputs = { loss: reshape(g, loss, [1]), gradient };
  return { model: encodeModel(g.spec('undertone_benchmark', outputs)), inputs: g.inputs };
}
