/** How a model of windows sees a stream: step by step, the inputs of the network for the window that ends there. */
import { FrameWindows } from './frame-windows.ts';
import { FunctionalWindows } from './functional-windows.ts';
import type { WindowManifest } from './manifest.ts';

/** The window that ends with a step. */
export interface StepWindow {
  /** What the network takes, of `windowDims`. */
  readonly window: Float32Array;
  /** Mean speech probability over the frames of the step. */
  readonly speech: number;
  /** The same over the whole window. */
  readonly speechShare: number;
}

export interface Windows {
  /** Floats per frame that `ModelInputs` writes. */
  readonly inputSize: number;
  /** Floats of state per stream; zeros at start. */
  readonly stateSize: number;
  /** Frames from one window to the next. */
  readonly stepFrames: number;
  /** Shape of one window: `[T, F]` or `[D]`. */
  readonly windowDims: readonly number[];
  /** Takes the inputs `[stepFrames, inputSize]` of a stream's next step and advances its state in place. */
  step(inputs: Float32Array, state: Float32Array): StepWindow;
}

export type WindowKind =
  | Pick<Extract<WindowManifest, { kind: 'frames' }>, 'kind' | 'windowFrames' | 'hopFrames' | 'inputSize'>
  | Pick<
      Extract<WindowManifest, { kind: 'functionals' }>,
      'kind' | 'windowFrames' | 'hopFrames' | 'inputSize'
    >;

export function createWindows(model: WindowKind): Windows {
  return model.kind === 'frames' ? new FrameWindows(model) : new FunctionalWindows(model);
}
