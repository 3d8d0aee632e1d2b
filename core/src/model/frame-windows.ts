/**
 * Windows of the kind `frames`: the newest T frames of a stream. Those before the newest hop wait in the stream's state:
 * the frames, then the speech probability of each. A stream starts with zeros, which is what the mean of its frames is
 * after normalisation, and counts as no speech.
 */
import type { FramesManifest } from './manifest.ts';
import { mostPauseSpeech, pauseFrames } from './window-weight.ts';
import type { StepWindow, Windows } from './windows.ts';

export class FrameWindows implements Windows {
  readonly inputSize: number;
  readonly stateSize: number;
  readonly stepFrames: number;
  readonly windowDims: readonly number[];
  readonly #windowFrames: number;
  readonly #frameSize: number;

  constructor({
    windowFrames,
    hopFrames,
    inputSize,
  }: Pick<FramesManifest, 'windowFrames' | 'hopFrames' | 'inputSize'>) {
    this.#windowFrames = windowFrames;
    this.#frameSize = inputSize;
    // The last value of a row is the probability that the frame is speech.
    this.inputSize = inputSize + 1;
    this.stepFrames = hopFrames;
    this.stateSize = (windowFrames - hopFrames) * this.inputSize;
    this.windowDims = [windowFrames, inputSize];
  }

  step(inputs: Float32Array, state: Float32Array): StepWindow {
    const { inputSize, stepFrames } = this;
    const size = this.#frameSize;
    const frames = this.#windowFrames;
    const older = frames - stepFrames;
    const window = new Float32Array(frames * size);
    const speech = new Float32Array(frames);
    window.set(state.subarray(0, older * size));
    speech.set(state.subarray(older * size));
    for (let t = 0; t < stepFrames; t++) {
      const row = t * inputSize;
      window.set(inputs.subarray(row, row + size), (older + t) * size);
      speech[older + t] = inputs[row + size]!;
    }
    const from = this.#pauseStart(speech);
    window.fill(0, 0, from * size);
    speech.fill(0, 0, from);
    state.set(window.subarray(stepFrames * size));
    state.set(speech.subarray(stepFrames), older * size);
    return {
      window,
      speech: sum(speech.subarray(older)) / stepFrames,
      speechShare: sum(speech) / frames,
    };
  }

  /** The frame before which everything is forgotten; 0 for none. */
  #pauseStart(speech: Float32Array): number {
    const quietFrames = Math.ceil(pauseFrames / this.stepFrames) * this.stepFrames;
    const from = speech.length - quietFrames;
    if (from <= 0) return 0;
    return sum(speech.subarray(from)) < mostPauseSpeech * quietFrames ? from : 0;
  }
}

function sum(values: Float32Array): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
