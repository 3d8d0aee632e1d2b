/** What a model of any kind takes of a recording, for whole steps. */
import { inputsOf, type ModelRuntime } from '@undertone/core';

export interface WholeInputs {
  readonly steps: number;
  /** `[steps * stepFrames, inputSize]` */
  readonly inputs: Float32Array;
}

/** @param raw raw frames of the whole recording, from the start of a stream: `[frames, rawFrameSize(features)]` */
export function modelInputs(
  { manifest, inputSize, stepFrames }: ModelRuntime,
  raw: Float32Array,
): WholeInputs {
  const inputs = inputsOf(manifest, raw);
  const stepSize = inputSize * stepFrames;
  const steps = Math.floor(inputs.length / stepSize);
  return { steps, inputs: inputs.subarray(0, steps * stepSize) };
}
