/**
 * What is used of ONNX Runtime, by structure: `onnxruntime-node` and `onnxruntime-web` both have it. Opens networks and
 * refuses those that have other inputs or outputs than expected.
 */
import { UndertoneError } from '../errors.ts';

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

/** Names of all inputs and outputs of a network. */
export interface NetworkNames {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

const sessionOptions = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential' } as const;

/** @throws UndertoneError `model_mismatch` for bytes that are no model, or a model with other inputs or outputs */
export async function openSession(
  ort: OrtLike,
  bytes: Uint8Array,
  path: string,
  names: NetworkNames,
): Promise<OrtSessionLike> {
  let session: OrtSessionLike;
  try {
    session = await ort.InferenceSession.create(bytes, sessionOptions);
  } catch (cause) {
    mismatch(`${path} to be an ONNX model that ONNX Runtime opens`, reasonOf(cause), cause);
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

/** @throws UndertoneError `model_mismatch` when the output is missing, of another shape or not of float32 */
export function floatsOf(
  out: Record<string, OrtTensorLike>,
  name: string,
  dims: readonly number[],
): Float32Array {
  const tensor = out[name];
  const fits =
    tensor && tensor.dims.length === dims.length && tensor.dims.every((d, i) => Number(d) === dims[i]);
  if (!fits || !(tensor.data instanceof Float32Array)) {
    mismatch(`output ${name} of float32 [${dims.join(', ')}]`, `[${tensor?.dims.join(', ') ?? 'nothing'}]`);
  }
  return tensor.data;
}

/** Runs a network on silence; what it throws means that it does not fit its manifest. */
export async function probing(run: () => Promise<unknown>): Promise<void> {
  try {
    await run();
  } catch (cause) {
    if (cause instanceof UndertoneError) throw cause;
    mismatch('a model that takes the inputs its manifest describes', reasonOf(cause), cause);
  }
}

export function mismatch(expected: string, found: string, cause?: unknown): never {
  throw new UndertoneError('model_mismatch', `Expected ${expected}; found ${found}.`, { cause });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
