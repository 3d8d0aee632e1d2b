/** How the window models of an experiment cut a stream, as the manifest will say. */
import {
  defaultFunctionalsConfig,
  type FeatureConfig,
  functionalNames,
  modelFrameSize,
  type NormalisationConfig,
  UndertoneError,
  type WindowsConfig,
} from '@undertone/core';
import type { Experiment } from '../config/experiment.ts';

export type FunctionalsLayout = Extract<WindowsConfig, { kind: 'functionals' }>;
export type FramesLayout = Extract<WindowsConfig, { kind: 'frames' }>;

type Settings = Pick<Experiment, 'windowFrames' | 'hopFrames' | 'functionalsLevel'>;

/** @throws UndertoneError `bad_config` for windows that are no whole number of hops */
export function functionalsLayout(settings: Settings, features: FeatureConfig): FunctionalsLayout {
  checkHops(settings);
  const functionals = features.functionals ?? {
    ...defaultFunctionalsConfig,
    level: settings.functionalsLevel,
  };
  const described = { ...features, functionals };
  const { windowFrames, hopFrames } = settings;
  const inputSize = functionalNames(described).length;
  return { kind: 'functionals', features: described, windowFrames, hopFrames, inputSize };
}

/** @throws UndertoneError `bad_config` for windows that are no whole number of hops, or not of the network's steps */
export function framesLayout(
  settings: Settings,
  features: FeatureConfig,
  normalisation: NormalisationConfig,
): FramesLayout {
  checkHops(settings);
  const { windowFrames, hopFrames } = settings;
  if (windowFrames % 4 !== 0) refuse('windowFrames', 'a multiple of 4', windowFrames);
  const inputSize = modelFrameSize(features);
  return { kind: 'frames', features, normalisation, windowFrames, hopFrames, inputSize };
}

function checkHops({ windowFrames, hopFrames }: Settings): void {
  if (windowFrames % hopFrames !== 0) {
    refuse('windowFrames', `a multiple of hopFrames, ${hopFrames}`, windowFrames);
  }
}

function refuse(field: string, expected: string, found: number): never {
  throw new UndertoneError('bad_config', `Field ${field}: expected ${expected}, found ${found}.`);
}
