/** What a model of any kind takes of a recording, for whole steps. */
import { createModelInputs, type ModelRuntime } from '@undertone/core';

export interface WholeInputs {
  readonly steps: number;
  /** `[steps * stepFrames, inputSize]` */
  readonly inputs: Float32Array;
}

/** @param raw raw frames of the whole recording, from the start of a stream: `[frames, rawFrameSize(features)]` */
export function modelInputs(model: ModelRuntime, raw: Float32Array): WholeInputs {
  const { inputSize, stepFrames } = model;
  let buffer: Float32Array = new Float32Array(0);
  const frames = createModelInputs(model.manifest).accept(raw, (count) => {
    buffer = new Float32Array(count * inputSize);
    return { buffer, offset: 0 };
  });
  const steps = Math.floor(frames / stepFrames);
  return { steps, inputs: buffer.subarray(0, steps * stepFrames * inputSize) };
}
