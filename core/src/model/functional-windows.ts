/**
 * Windows of the kind `functionals`. Their partial sums are kept where frames become inputs (`FunctionalInputs`), so what
 * comes here for each step is finished: the speech probability of its frames, that of the window, the functionals;
 * packed over the step's frames, and zeros behind.
 */
import type { FunctionalsManifest } from './manifest.ts';
import type { StepWindow, Windows } from './windows.ts';

/** Values before the functionals. */
export const functionalsOffset = 2;

/** Floats per frame into which a step's values are packed. */
export function packedInputSize(functionals: number, hopFrames: number): number {
  return Math.ceil((functionalsOffset + functionals) / hopFrames);
}

export class FunctionalWindows implements Windows {
  readonly inputSize: number;
  readonly stateSize: number = 0;
  readonly stepFrames: number;
  readonly windowDims: readonly number[];

  constructor({ hopFrames, inputSize }: Pick<FunctionalsManifest, 'hopFrames' | 'inputSize'>) {
    this.inputSize = packedInputSize(inputSize, hopFrames);
    this.stepFrames = hopFrames;
    this.windowDims = [inputSize];
  }

  step(inputs: Float32Array): StepWindow {
    const [size = 0] = this.windowDims;
    return {
      window: inputs.slice(functionalsOffset, functionalsOffset + size),
      speech: inputs[0]!,
      speechShare: inputs[1]!,
    };
  }
}
