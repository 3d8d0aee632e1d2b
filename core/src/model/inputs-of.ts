/** Model inputs of a whole recording, for training and evaluation: made by the code that makes them live. */
import { createModelInputs, type InputsConfig } from './model-inputs.ts';

/**
 * @param raw `[frames, bands + 2]`, all raw frames of a recording, as a stream from its start
 * @returns `[frames, inputSize]` of the model; a model of functionals has whole hops only
 */
export function inputsOf(config: InputsConfig, raw: Float32Array): Float32Array {
  const inputs = createModelInputs(config);
  let rows: Float32Array = new Float32Array(0);
  inputs.accept(raw, (count) => {
    rows = new Float32Array(count * inputs.size);
    return { buffer: rows, offset: 0 };
  });
  return rows;
}
