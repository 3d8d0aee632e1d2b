/** Sizes of the network over windows, and its parameters. */
import { UndertoneError } from '@undertone/core';
import { ParameterLayout, type ParameterSpec } from '../../models/parameter-layout.ts';

export interface CnnConfig {
  /** F: model inputs per frame, the bands and then 3 of pitch. */
  readonly inputSize: number;
  readonly bands: number;
  /** T, a multiple of 4. */
  readonly windowFrames: number;
  /** Output channels of each convolution over time and frequency; each halves the bands, the first two the frames. */
  readonly channels: readonly number[];
  /** Channels of each of the two convolutions over time that follow. */
  readonly size: number;
  /** C */
  readonly classes: number;
  /** Share of pooled values that are dropped in training. */
  readonly dropout: number;
}

/** Pitch inputs per frame, and features that are made of those of a step. */
export const pitchInputs = 3;
export const pitchFeatures = 16;
/** Frames that become one step: the product of the strides. */
export const framesPerStep = 4;
/** Steps that a convolution over time reaches over. */
export const timeKernel = 5;

/** A convolution over time and frequency; zeros around it keep the window's length but for the stride. */
export interface CnnLayer {
  readonly name: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly outBands: number;
  readonly kernel: number;
  readonly strideTime: number;
  readonly padTime: readonly [before: number, after: number];
  /** Zero bands on either side. */
  readonly padFrequency: number;
}

export function cnnLayers(config: CnnConfig): CnnLayer[] {
  return config.channels.map((outChannels, i) => {
    const kernel = i === 0 ? 5 : 3;
    const strideTime = i < 2 ? 2 : 1;
    const pad = kernel - strideTime;
    return {
      name: `conv${i + 1}`,
      inChannels: i === 0 ? 1 : config.channels[i - 1]!,
      outChannels,
      outBands: config.bands / 2 ** (i + 1),
      kernel,
      strideTime,
      padTime: [Math.ceil(pad / 2), Math.floor(pad / 2)],
      padFrequency: (kernel - 1) / 2,
    };
  });
}

/** Values that the convolutions over time and frequency leave of a step. */
export function bandFeatures(config: CnnConfig): number {
  const last = cnnLayers(config).at(-1)!;
  return last.outChannels * last.outBands;
}

/** Names, shapes and order of the parameters. Weights are `[in, out]`, kernels `[time, frequency, in, out]`. */
export function cnnLayout(config: CnnConfig): ParameterLayout {
  checkCnnConfig(config);
  const { size, classes } = config;
  const weight = (name: string, ...dims: number[]): ParameterSpec => ({ name, dims, kind: 'weight' });
  const bias = (name: string, ...dims: number[]): ParameterSpec => ({ name, dims, kind: 'bias' });
  return new ParameterLayout([
    ...cnnLayers(config).flatMap(({ name, kernel, inChannels, outChannels }) => [
      weight(`${name}.kernel`, kernel, kernel, inChannels, outChannels),
      bias(`${name}.bias`, outChannels),
    ]),
    weight('bands.weight', bandFeatures(config), size),
    bias('bands.bias', size),
    weight('pitch.weight', framesPerStep * pitchInputs, pitchFeatures),
    bias('pitch.bias', pitchFeatures),
    weight('time1.kernel', timeKernel, 1, size + pitchFeatures, size),
    bias('time1.bias', size),
    weight('time2.kernel', timeKernel, 1, size, size),
    bias('time2.bias', size),
    // No bias: a constant in all scores changes no weight.
    weight('attention.weight', size, 1),
    weight('classes.weight', 2 * size, classes),
    bias('classes.bias', classes),
  ]);
}

/** @throws UndertoneError `bad_config` naming the field */
export function checkCnnConfig({ windowFrames, bands, inputSize, channels, size, dropout }: CnnConfig): void {
  const refuse = (field: string, expected: string, found: unknown): never => {
    throw new UndertoneError('bad_config', `Field ${field}: expected ${expected}, found ${String(found)}.`);
  };
  if (!Number.isInteger(windowFrames) || windowFrames < framesPerStep || windowFrames % framesPerStep !== 0) {
    refuse('windowFrames', `a multiple of ${framesPerStep}`, windowFrames);
  }
  if (channels.length < 2 || channels.length > 6 || channels.some((n) => !Number.isInteger(n) || n < 1)) {
    refuse('cnnChannels', '2 to 6 whole numbers from 1', channels);
  }
  const halvings = 2 ** channels.length;
  if (bands % halvings !== 0) refuse('cnnChannels', `so many that ${bands} bands can be halved`, channels);
  if (inputSize !== bands + pitchInputs) refuse('inputSize', `${bands + pitchInputs}`, inputSize);
  if (!Number.isInteger(size) || size < 1) refuse('cnnSize', 'a whole number from 1', size);
  if (!(dropout >= 0 && dropout < 1)) refuse('dropout', 'a number from 0 to below 1', dropout);
}
