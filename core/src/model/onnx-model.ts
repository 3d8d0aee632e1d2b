/**
 * Binds a model folder to ONNX Runtime. The runtime is an argument (`onnxruntime-node` or `onnxruntime-web`), known
 * here only by the structure it must have. A model that does not fit its manifest, or was trained on other features
 * than this code computes, is refused before it hears anything.
 */
import { UndertoneError } from '../errors.ts';
import { featureHash } from '../features/feature-hash.ts';
import { FeatureKernel } from '../features/front-end.ts';
import type { Manifest, ModelFile } from './manifest.ts';
import type { ModelRuntime, StepRequest, StepResult } from './model-runtime.ts';
import { validateManifest } from './validate-manifest.ts';

export interface OrtTensorLike {
  readonly dims: readonly number[];
  readonly data: unknown;
}

export interface OrtSessionLike {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, OrtTensorLike>): Promise<Record<string, OrtTensorLike>>;
  release(): Promise<void>;
}

/** What Undertone uses of an ONNX Runtime package. */
export interface OrtLike {
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensorLike;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { intraOpNumThreads: number; interOpNumThreads: number; executionMode: 'sequential' },
    ): Promise<OrtSessionLike>;
  };
}

export interface ModelFiles {
  readonly ort: OrtLike;
  /** Parsed `manifest.json`. */
  readonly manifest: unknown;
  /** Bytes of the step and the head network. */
  readonly step: Uint8Array;
  readonly head: Uint8Array;
  /** SHA-256 in lower-case hex. */
  readonly sha256: (bytes: Uint8Array) => Promise<string> | string;
}

const sessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' } as const;

const stepNames = { inputs: ['features', 'state'], outputs: ['state_out', 'values', 'attention', 'speech'] };
const headNames = { inputs: ['pooled'], outputs: ['logits'] };

/**
 * @throws UndertoneError `bad_manifest` for a manifest of the wrong shape, `model_mismatch` when files, feature
 * code and manifest do not fit together
 */
export async function loadModel(files: ModelFiles): Promise<ModelRuntime> {
  const manifest = validateManifest(files.manifest);
  await checkFile(manifest.files.step, files.step, files.sha256);
  await checkFile(manifest.files.head, files.head, files.sha256);
  const hash = await featureHash(manifest.features);
  if (hash !== manifest.featureHash) {
    mismatch(`the feature code to have hash ${manifest.featureHash}`, `hash ${hash}; train the model again`);
  }
  checkFeatures(manifest);
  const step = await openSession(files.ort, files.step, manifest.files.step.path, stepNames);
  let head: OrtSessionLike;
  try {
    head = await openSession(files.ort, files.head, manifest.files.head.path, headNames);
  } catch (error) {
    await step.release();
    throw error;
  }
  const model = new OnnxModel(files.ort, manifest, step, head);
  try {
    await model.probe();
  } catch (error) {
    await model.close();
    throw error;
  }
  return model;
}

class OnnxModel implements ModelRuntime {
  readonly manifest: Manifest;
  readonly #ort: OrtLike;
  readonly #step: OrtSessionLike;
  readonly #head: OrtSessionLike;
  #closed = false;

  constructor(ort: OrtLike, manifest: Manifest, step: OrtSessionLike, head: OrtSessionLike) {
    this.#ort = ort;
    this.manifest = manifest;
    this.#step = step;
    this.#head = head;
  }

  async step(request: StepRequest): Promise<StepResult> {
    const { inputSize, stateSize, valueSize, stepFrames } = this.manifest;
    const { batch, frames } = request;
    const steps = frames / stepFrames;
    const out = await this.#step.run({
      features: this.#tensor(request.features, [batch, frames, inputSize]),
      state: this.#tensor(request.state, [batch, stateSize]),
    });
    return {
      state: floats(out, 'state_out', [batch, stateSize]),
      values: floats(out, 'values', [batch, steps, valueSize]),
      attention: floats(out, 'attention', [batch, steps]),
      speech: floats(out, 'speech', [batch, steps]),
    };
  }

  async head(pooled: Float32Array, batch: number): Promise<Float32Array> {
    const out = await this.#head.run({ pooled: this.#tensor(pooled, [batch, 2 * this.manifest.valueSize]) });
    return floats(out, 'logits', [batch, this.manifest.labels.length]);
  }

  /** Runs one step of silence, so that shapes that do not fit are found before the first stream. */
  async probe(): Promise<void> {
    const { inputSize, stateSize, valueSize, stepFrames } = this.manifest;
    try {
      await this.step({
        batch: 1,
        frames: stepFrames,
        features: new Float32Array(stepFrames * inputSize),
        state: new Float32Array(stateSize),
      });
      await this.head(new Float32Array(2 * valueSize), 1);
    } catch (cause) {
      if (cause instanceof UndertoneError) throw cause;
      mismatch('a model that takes the inputs its manifest describes', messageOf(cause), cause);
    }
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

  #tensor(data: Float32Array, dims: readonly number[]): OrtTensorLike {
    return new this.#ort.Tensor('float32', data, dims);
  }
}

function mismatch(expected: string, found: string, cause?: unknown): never {
  throw new UndertoneError('model_mismatch', `Expected ${expected}; found ${found}.`, { cause });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Each number in range does not make a configuration that can be computed: found now, not by the first stream. */
function checkFeatures({ features }: Manifest): void {
  try {
    new FeatureKernel(features);
  } catch (cause) {
    if (!(cause instanceof UndertoneError) || cause.code !== 'bad_parameter') throw cause;
    mismatch('a feature configuration that can be computed', cause.message, cause);
  }
}

async function checkFile(file: ModelFile, bytes: Uint8Array, sha256: ModelFiles['sha256']): Promise<void> {
  const found = await sha256(bytes);
  if (found !== file.sha256) mismatch(`${file.path} with SHA-256 ${file.sha256}`, found);
}

async function openSession(
  ort: OrtLike,
  bytes: Uint8Array,
  path: string,
  names: { inputs: readonly string[]; outputs: readonly string[] },
): Promise<OrtSessionLike> {
  let session: OrtSessionLike;
  try {
    session = await ort.InferenceSession.create(bytes, sessionOptions);
  } catch (cause) {
    mismatch(`${path} to be an ONNX model that ONNX Runtime opens`, messageOf(cause), cause);
  }
  for (const [what, expected, found] of [
    ['inputs', names.inputs, session.inputNames],
    ['outputs', names.outputs, session.outputNames],
  ] as const) {
    if (expected.length !== found.length || expected.some((name) => !found.includes(name))) {
      await session.release();
      mismatch(`${path} to have ${what} ${expected.join(', ')}`, found.join(', '));
    }
  }
  return session;
}

function floats(out: Record<string, OrtTensorLike>, name: string, dims: readonly number[]): Float32Array {
  const tensor = out[name];
  const fits =
    tensor && tensor.dims.length === dims.length && tensor.dims.every((d, i) => Number(d) === dims[i]);
  if (!fits || !(tensor.data instanceof Float32Array)) {
    mismatch(`output ${name} of float32 [${dims.join(', ')}]`, `[${tensor?.dims.join(', ') ?? 'nothing'}]`);
  }
  return tensor.data;
}
