/** Writes the network over windows: `features [N, T, F]` to `logits [N, C]`, weights inside, any number of windows. */
import { varianceFloor } from '../autodiff/attention-pooling.ts';
import { encodeModel } from '../autodiff/onnx-writer.ts';
import {
  bandFeatures,
  type CnnConfig,
  cnnLayers,
  cnnLayout,
  framesPerStep,
  pitchFeatures,
  pitchInputs,
  timeKernel,
} from '../families/cnn/cnn-config.ts';
import type { ParameterLayout } from '../models/parameter-layout.ts';
import { channelsFirst } from './channels-first.ts';
import { OnnxBuilder } from './onnx-builder.ts';

/** @param parameters flat vector in the order of `cnnLayout` */
export function exportCnn(parameters: Float32Array, config: CnnConfig): Uint8Array {
  const b = new OnnxBuilder();
  const net = new CnnWriter(b, cnnLayout(config), parameters);
  const { size, inputSize } = config;
  const bands = b.node('Slice', ['features', b.integers(0), b.integers(config.bands), b.integers(2)]);
  let x = b.node('Unsqueeze', [bands, b.integers(1)]);
  for (const { name, kernel, inChannels, outChannels, strideTime, padTime, padFrequency } of cnnLayers(
    config,
  )) {
    x = net.convolution(x, name, [outChannels, inChannels, kernel, kernel], {
      strides: [strideTime, 2],
      pads: [padTime[0], padFrequency, padTime[1], padFrequency],
    });
  }
  const stepsFirst = b.node('Transpose', [x], { perm: [0, 2, 3, 1] });
  const rows = b.node('Reshape', [stepsFirst, b.integers(0, 0, bandFeatures(config))]);
  const bandPart = net.dense(rows, 'bands', bandFeatures(config), size);
  const pitchSize = framesPerStep * pitchInputs;
  const pitch = b.node('Slice', ['features', b.integers(config.bands), b.integers(inputSize), b.integers(2)]);
  const pitchRows = b.node('Reshape', [pitch, b.integers(0, -1, pitchSize)]);
  const pitchPart = net.dense(pitchRows, 'pitch', pitchSize, pitchFeatures);

  const inputs = b.node('Concat', [bandPart, pitchPart], { axis: 2 });
  let y = b.node('Unsqueeze', [b.node('Transpose', [inputs], { perm: [0, 2, 1] }), b.integers(3)]);
  const around = (timeKernel - 1) / 2;
  for (const [name, inSize] of [
    ['time1', size + pitchFeatures],
    ['time2', size],
  ] as const) {
    y = net.convolution(y, name, [size, inSize, timeKernel, 1], {
      strides: [1, 1],
      pads: [around, 0, around, 0],
    });
  }
  // [N, size, T'] to [N, T', size]
  const values = b.node('Transpose', [b.node('Squeeze', [y, b.integers(3)])], { perm: [0, 2, 1] });
  const pooled = net.pooled(values, size);
  net.output(pooled, 2 * size, config.classes);
  return encodeModel(
    b.spec(
      'undertone_cnn',
      [{ name: 'features', dims: ['N', config.windowFrames, inputSize] }],
      [{ name: 'logits', dims: ['N', config.classes] }],
    ),
  );
}

class CnnWriter {
  readonly #b: OnnxBuilder;
  readonly #layout: ParameterLayout;
  readonly #parameters: Float32Array;

  constructor(b: OnnxBuilder, layout: ParameterLayout, parameters: Float32Array) {
    this.#b = b;
    this.#layout = layout;
    this.#parameters = parameters;
  }

  /** Convolution with the kernel `[out, in, time, frequency]`, and ReLU. */
  convolution(
    input: string,
    name: string,
    [outChannels, inChannels, kt, kf]: readonly [number, number, number, number],
    { strides, pads }: { readonly strides: readonly number[]; readonly pads: readonly number[] },
  ): string {
    const data = channelsFirst(this.#view(`${name}.kernel`), inChannels, outChannels);
    const kernel = this.#b.weight(`${name}.kernel`, [outChannels, inChannels, kt, kf], data);
    const bias = this.#b.weight(`${name}.bias`, [outChannels], this.#view(`${name}.bias`));
    const sum = this.#b.node('Conv', [input, kernel, bias], { kernel_shape: [kt, kf], strides, pads });
    return this.#b.node('Relu', [sum]);
  }

  /** Dense layer over the last axis, and ReLU. */
  dense(input: string, name: string, inSize: number, outSize: number): string {
    const weight = this.#b.weight(`${name}.weight`, [inSize, outSize], this.#view(`${name}.weight`));
    const bias = this.#b.weight(`${name}.bias`, [outSize], this.#view(`${name}.bias`));
    return this.#b.node('Relu', [this.#b.node('Add', [this.#b.node('MatMul', [input, weight]), bias])]);
  }

  /** Attention-weighted mean and deviation: `[N, T', size]` to `[N, 2 size]`. */
  pooled(values: string, size: number): string {
    const b = this.#b;
    const weight = b.weight('attention.weight', [size, 1], this.#view('attention.weight'));
    const scores = b.node('Transpose', [b.node('MatMul', [values, weight])], { perm: [0, 2, 1] });
    const weights = b.node('Softmax', [scores], { axis: 2 });
    const mean = b.node('MatMul', [weights, values]);
    const power = b.node('MatMul', [weights, b.node('Mul', [values, values])]);
    const variance = b.node('Relu', [b.node('Sub', [power, b.node('Mul', [mean, mean])])]);
    const floor = b.weight('variance_floor', [], Float32Array.of(varianceFloor));
    const deviation = b.node('Sqrt', [b.node('Add', [variance, floor])]);
    return b.node('Squeeze', [b.node('Concat', [mean, deviation], { axis: 2 }), b.integers(1)]);
  }

  output(pooled: string, inSize: number, classes: number): void {
    const weight = this.#b.weight('classes.weight', [inSize, classes], this.#view('classes.weight'));
    const bias = this.#b.weight('classes.bias', [classes], this.#view('classes.bias'));
    this.#b.node('Gemm', [pooled, weight, bias], {}, 'logits');
  }

  #view(name: string): Float32Array {
    return this.#layout.view(this.#parameters, name);
  }
}
