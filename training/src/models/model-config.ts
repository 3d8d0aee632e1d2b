/** Sizes of the streaming model, and what follows from them. */
import { UndertoneError } from '@undertone/core';

export interface StreamingModelConfig {
  /** F: model inputs per frame, the bands and then 3 of pitch. */
  readonly inputSize: number;
  readonly bands: number;
  /** Output channels of each convolution; each halves the bands, the first two also halve the frames. */
  readonly channels: readonly number[];
  /** Features of a step made of the convolutions' output. */
  readonly convFeatureSize: number;
  /** Features of a step made of its pitch inputs. */
  readonly pitchSize: number;
  /** H, which is also K, the number of pooled values. */
  readonly gruSize: number;
  /** C */
  readonly classes: number;
  /** Share of pooled values that are dropped in training. */
  readonly dropout: number;
}

export const defaultModelConfig: StreamingModelConfig = {
  inputSize: 67,
  bands: 64,
  channels: [16, 32, 48, 64],
  convFeatureSize: 96,
  pitchSize: 16,
  gruSize: 128,
  classes: 6,
  dropout: 0.3,
};

/** Frames of one step of the recurrent network: the product of the strides in time. */
export const stepFrames = 4;

/** Pitch inputs per frame. */
export const pitchInputs = 3;

/** A convolution is causal: it reads `history` frames from before the first of its input. */
export interface ConvLayer {
  readonly name: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly inBands: number;
  readonly outBands: number;
  readonly kernelTime: number;
  readonly kernelFrequency: number;
  readonly strideTime: number;
  readonly strideFrequency: number;
  /** Zero bands on either side. */
  readonly padFrequency: number;
  /** kernelTime - strideTime, so that step t depends on frames before stepFrames (t + 1) only. */
  readonly history: number;
}

export function convLayers(config: StreamingModelConfig): ConvLayer[] {
  let inBands = config.bands;
  return config.channels.map((outChannels, i) => {
    const kernel = i === 0 ? 5 : 3;
    const strideTime = i < 2 ? 2 : 1;
    const layer = {
      name: `conv${i + 1}`,
      inChannels: i === 0 ? 1 : config.channels[i - 1]!,
      outChannels,
      inBands,
      outBands: inBands / 2,
      kernelTime: kernel,
      kernelFrequency: kernel,
      strideTime,
      strideFrequency: 2,
      padFrequency: (kernel - 1) / 2,
      history: kernel - strideTime,
    };
    inBands /= 2;
    return layer;
  });
}

/** Values that the last convolution leaves of a step. */
export function convOutputSize(config: StreamingModelConfig): number {
  const last = convLayers(config).at(-1)!;
  return last.outChannels * last.outBands;
}

/** S: floats that a stream carries from call to call: the convolutions' histories, then the recurrent state. */
export function stateParts(config: StreamingModelConfig): number[] {
  return [
    ...convLayers(config).map((layer) => layer.history * layer.inBands * layer.inChannels),
    config.gruSize,
  ];
}

/** @throws UndertoneError `bad_config` naming the field */
export function checkModelConfig(config: StreamingModelConfig): void {
  const wholes: readonly [string, number, number, number][] = [
    ['bands', config.bands, 8, 256],
    ['convFeatureSize', config.convFeatureSize, 1, 4096],
    ['pitchSize', config.pitchSize, 1, 4096],
    ['gruSize', config.gruSize, 1, 4096],
    ['classes', config.classes, 2, 1000],
    ['channels.length', config.channels.length, 2, 8],
    ...config.channels.map((n, i): [string, number, number, number] => [`channels[${i}]`, n, 1, 1024]),
  ];
  for (const [field, value, min, max] of wholes) {
    if (!Number.isInteger(value) || value < min || value > max) {
      refuse(field, `a whole number from ${min} to ${max}`, value);
    }
  }
  const halvings = 2 ** config.channels.length;
  if (config.bands % halvings !== 0)
    refuse('bands', `a multiple of ${halvings}, halved by each convolution`, config.bands);
  if (config.inputSize !== config.bands + pitchInputs) {
    refuse(
      'inputSize',
      `${config.bands + pitchInputs}, the bands and ${pitchInputs} of pitch`,
      config.inputSize,
    );
  }
  if (!(config.dropout >= 0 && config.dropout < 1))
    refuse('dropout', 'a number from 0 to below 1', config.dropout);
}

function refuse(field: string, expected: string, found: number): never {
  throw new UndertoneError('bad_config', `Model field ${field}: expected ${expected}, found ${found}.`);
}
