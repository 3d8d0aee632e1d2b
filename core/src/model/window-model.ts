/**
 * The kinds `frames` and `functionals` behind the contract of steps: a step is one hop, its values are the class logits of
 * the window that ends with it, pooled with `windowAttention`, and the head hands their mean through. So segments,
 * sliding windows, summaries and batches are one code for all kinds.
 */
import type { WindowManifest } from './manifest.ts';
import type { ModelRuntime, StepRequest, StepResult } from './model-runtime.ts';
import { floatsOf, type OrtLike, type OrtSessionLike, openSession, probing } from './onnx-session.ts';
import { leastSpeechShare, logProbability, windowAttention } from './window-weight.ts';
import { createWindows, type Windows } from './windows.ts';

/** Windows in one call of the network: more bring nothing and cost memory. */
const windowsPerCall = 32;
/** A probability of 0 or 1 must not become infinite. */
const speechMargin = 1e-4;

const networks = {
  frames: { inputs: ['features'], outputs: ['logits'] },
  functionals: { inputs: ['functionals'], outputs: ['label', 'probabilities'] },
} as const;

/** A model of windows, which can also be asked about single windows. */
export interface WindowRuntime extends ModelRuntime {
  readonly manifest: WindowManifest;
  /** Shape of one window: `[T, F]` or `[D]`. */
  readonly windowDims: readonly number[];
  /** `windows` is `[count, ...windowDims]`; returns class logits or logarithms of probabilities, `[count, C]`. */
  judgeWindows(windows: Float32Array, count: number): Promise<Float32Array>;
}

/** @throws UndertoneError `model_mismatch` */
export async function openWindowModel(
  ort: OrtLike,
  manifest: WindowManifest,
  bytes: Uint8Array,
): Promise<WindowRuntime> {
  const session = await openSession(ort, bytes, manifest.files.model.path, networks[manifest.kind]);
  const model = new WindowModel(ort, manifest, session);
  try {
    await probing(() => model.judgeWindows(new Float32Array(2 * model.windowSize), 2));
  } catch (error) {
    await model.close();
    throw error;
  }
  return model;
}

class WindowModel implements WindowRuntime {
  readonly manifest: WindowManifest;
  readonly inputSize: number;
  readonly stateSize: number;
  readonly valueSize: number;
  readonly stepFrames: number;
  readonly windowDims: readonly number[];
  readonly windowSize: number;
  readonly #windows: Windows;
  readonly #ort: OrtLike;
  readonly #session: OrtSessionLike;
  #closed = false;

  constructor(ort: OrtLike, manifest: WindowManifest, session: OrtSessionLike) {
    this.manifest = manifest;
    this.#windows = createWindows(manifest);
    this.inputSize = this.#windows.inputSize;
    this.stateSize = this.#windows.stateSize;
    this.stepFrames = this.#windows.stepFrames;
    this.valueSize = manifest.labels.length;
    this.windowDims = this.#windows.windowDims;
    this.windowSize = this.windowDims.reduce((product, size) => product * size, 1);
    this.#ort = ort;
    this.#session = session;
  }

  async step({ batch, frames, features, state }: StepRequest): Promise<StepResult> {
    const { inputSize, stateSize, stepFrames, valueSize } = this;
    const steps = frames / stepFrames;
    const result = {
      state: state.slice(),
      values: new Float32Array(batch * steps * valueSize),
      attention: new Float32Array(batch * steps),
      speech: new Float32Array(batch * steps),
    };
    /** Windows that wait for the network, with the steps they belong to. */
    const waiting: { step: number; window: Float32Array }[] = [];
    const stepInputs = stepFrames * inputSize;
    for (let n = 0; n < batch; n++) {
      const own = result.state.subarray(n * stateSize, (n + 1) * stateSize);
      for (let t = 0; t < steps; t++) {
        const step = n * steps + t;
        const inputs = features.subarray(step * stepInputs, (step + 1) * stepInputs);
        const { window, speech, speechShare } = this.#windows.step(inputs, own);
        result.speech[step] = logit(speech);
        result.attention[step] = windowAttention(speechShare);
        if (speechShare >= leastSpeechShare) waiting.push({ step, window });
        if (waiting.length === windowsPerCall) await this.#judge(waiting.splice(0), result.values);
      }
    }
    await this.#judge(waiting, result.values);
    return result;
  }

  async head(pooled: Float32Array, batch: number): Promise<Float32Array> {
    const size = this.valueSize;
    const logits = new Float32Array(batch * size);
    for (let n = 0; n < batch; n++) logits.set(pooled.subarray(2 * n * size, (2 * n + 1) * size), n * size);
    return logits;
  }

  async judgeWindows(windows: Float32Array, count: number): Promise<Float32Array> {
    const input = new this.#ort.Tensor('float32', windows, [count, ...this.windowDims]);
    const dims = [count, this.valueSize];
    if (this.manifest.kind === 'frames') {
      return floatsOf(await this.#session.run({ features: input }), 'logits', dims);
    }
    const out = await this.#session.run({ functionals: input });
    return floatsOf(out, 'probabilities', dims).map(logProbability);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#session.release();
  }

  async #judge(
    waiting: readonly { readonly step: number; readonly window: Float32Array }[],
    values: Float32Array,
  ): Promise<void> {
    if (waiting.length === 0) return;
    const windows = new Float32Array(waiting.length * this.windowSize);
    for (const [i, { window }] of waiting.entries()) windows.set(window, i * this.windowSize);
    const judged = await this.judgeWindows(windows, waiting.length);
    const size = this.valueSize;
    for (const [i, { step }] of waiting.entries()) {
      values.set(judged.subarray(i * size, (i + 1) * size), step * size);
    }
  }
}

function logit(probability: number): number {
  const p = Math.min(1 - speechMargin, Math.max(speechMargin, probability));
  return Math.log(p / (1 - p));
}
