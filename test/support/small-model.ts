import type { ModelRuntime, StepRequest, StepResult, StreamingManifest } from '@undertone/core';
import { testManifest } from './manifest.ts';

const manifest = testManifest();
const { inputSize, stateSize, valueSize, stepFrames } = manifest;

/**
 * A network small enough to know: the state counts steps and carries a running sum of input 1; the values are input 1
 * of the step's last frame, the running sum and the step count; speech is where input `speechInput` is positive. The head says
 * angry in proportion to the mean of value 0.
 */
export class SmallModel implements ModelRuntime {
  readonly manifest: StreamingManifest = manifest;
  readonly inputSize: number = inputSize;
  readonly stateSize: number = stateSize;
  readonly valueSize: number = valueSize;
  readonly stepFrames: number = stepFrames;
  readonly batches: { batch: number; frames: number }[] = [];
  readonly #speechInput: number;
  failWhen: (request: StepRequest) => boolean = () => false;

  constructor(speechInput = 0) {
    this.#speechInput = speechInput;
  }

  async step(request: StepRequest): Promise<StepResult> {
    this.batches.push({ batch: request.batch, frames: request.frames });
    if (this.failWhen(request)) throw new Error('broken on purpose');
    const { batch, frames } = request;
    const steps = frames / stepFrames;
    const result = {
      state: Float32Array.from(request.state),
      values: new Float32Array(batch * steps * valueSize),
      attention: new Float32Array(batch * steps),
      speech: new Float32Array(batch * steps),
    };
    for (let n = 0; n < batch; n++) {
      for (let t = 0; t < steps; t++) {
        const last = (n * frames + (t + 1) * stepFrames - 1) * inputSize;
        const x = request.features[last + 1]!;
        result.state[n * stateSize]! += 1;
        result.state[n * stateSize + 1]! += x;
        const v = (n * steps + t) * valueSize;
        result.values[v] = x;
        result.values[v + 1] = result.state[n * stateSize + 1]!;
        result.values[v + 2] = result.state[n * stateSize]!;
        result.attention[n * steps + t] = x;
        result.speech[n * steps + t] = request.features[last + this.#speechInput]! > 0 ? 5 : -5;
      }
    }
    return result;
  }

  async head(pooled: Float32Array, batch: number): Promise<Float32Array> {
    const logits = new Float32Array(batch * 3);
    for (let n = 0; n < batch; n++) logits[n * 3] = 4 * pooled[n * 2 * valueSize]!;
    return logits;
  }

  async close(): Promise<void> {}
}
