/** The kind `streaming`: a recurrent step network with state, and a head over what is pooled of its values. */
import type { StreamingManifest } from './manifest.ts';
import type { ModelRuntime, StepRequest, StepResult } from './model-runtime.ts';
import { floatsOf, type OrtLike, type OrtSessionLike, openSession, probing } from './onnx-session.ts';

const stepNames = { inputs: ['features', 'state'], outputs: ['state_out', 'values', 'attention', 'speech'] };
const headNames = { inputs: ['pooled'], outputs: ['logits'] };

/** @throws UndertoneError `model_mismatch` */
export async function openStreamingModel(
  ort: OrtLike,
  manifest: StreamingManifest,
  bytes: { readonly step: Uint8Array; readonly head: Uint8Array },
): Promise<ModelRuntime> {
  const step = await openSession(ort, bytes.step, manifest.files.step.path, stepNames);
  let head: OrtSessionLike;
  try {
    head = await openSession(ort, bytes.head, manifest.files.head.path, headNames);
  } catch (error) {
    await step.release();
    throw error;
  }
  const model = new StreamingModel(ort, manifest, step, head);
  try {
    await model.probe();
  } catch (error) {
    await model.close();
    throw error;
  }
  return model;
}

class StreamingModel implements ModelRuntime {
  readonly manifest: StreamingManifest;
  readonly inputSize: number;
  readonly stateSize: number;
  readonly valueSize: number;
  readonly stepFrames: number;
  readonly #ort: OrtLike;
  readonly #step: OrtSessionLike;
  readonly #head: OrtSessionLike;
  #closed = false;

  constructor(ort: OrtLike, manifest: StreamingManifest, step: OrtSessionLike, head: OrtSessionLike) {
    this.manifest = manifest;
    this.inputSize = manifest.inputSize;
    this.stateSize = manifest.stateSize;
    this.valueSize = manifest.valueSize;
    this.stepFrames = manifest.stepFrames;
    this.#ort = ort;
    this.#step = step;
    this.#head = head;
  }

  async step({ batch, frames, features, state }: StepRequest): Promise<StepResult> {
    const steps = frames / this.stepFrames;
    const { Tensor } = this.#ort;
    const out = await this.#step.run({
      features: new Tensor('float32', features, [batch, frames, this.inputSize]),
      state: new Tensor('float32', state, [batch, this.stateSize]),
    });
    return {
      state: floatsOf(out, 'state_out', [batch, this.stateSize]),
      values: floatsOf(out, 'values', [batch, steps, this.valueSize]),
      attention: floatsOf(out, 'attention', [batch, steps]),
      speech: floatsOf(out, 'speech', [batch, steps]),
    };
  }

  async head(pooled: Float32Array, batch: number): Promise<Float32Array> {
    const input = new this.#ort.Tensor('float32', pooled, [batch, 2 * this.valueSize]);
    const out = await this.#head.run({ pooled: input });
    return floatsOf(out, 'logits', [batch, this.manifest.labels.length]);
  }

  /** Runs one step of silence, so that shapes that do not fit are found before the first stream. */
  async probe(): Promise<void> {
    await probing(async () => {
      await this.step({
        batch: 1,
        frames: this.stepFrames,
        features: new Float32Array(this.stepFrames * this.inputSize),
        state: new Float32Array(this.stateSize),
      });
      await this.head(new Float32Array(2 * this.valueSize), 1);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#step.release();
    } finally {
      await this.#head.release();
    }
  }
}
