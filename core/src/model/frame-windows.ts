/**
 * Windows of the kind `frames`: the newest T rows of a stream. The rows before the newest hop wait in the stream's state; a
 * stream starts with zeros, which is what silence is after normalisation, and counts as no speech.
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
    const rows = new Float32Array(this.#windowFrames * inputSize);
    rows.set(state);
    rows.set(inputs, state.length);
    this.#forgetBeforePause(rows);
    state.set(rows.subarray(stepFrames * inputSize));
    const size = this.#frameSize;
    const window = new Float32Array(this.#windowFrames * size);
    let total = 0;
    let newest = 0;
    for (let t = 0; t < this.#windowFrames; t++) {
      const row = t * inputSize;
      window.set(rows.subarray(row, row + size), t * size);
      total += rows[row + size]!;
      if (t >= this.#windowFrames - stepFrames) newest += rows[row + size]!;
    }
    return { window, speech: newest / stepFrames, speechShare: total / this.#windowFrames };
  }

  #forgetBeforePause(rows: Float32Array): void {
    const { inputSize, stepFrames } = this;
    const quietFrames = Math.ceil(pauseFrames / stepFrames) * stepFrames;
    const from = rows.length - quietFrames * inputSize;
    if (from <= 0) return;
    let speech = 0;
    for (let at = from + this.#frameSize; at < rows.length; at += inputSize) speech += rows[at]!;
    if (speech < mostPauseSpeech * quietFrames) rows.fill(0, 0, from);
  }
}
