/**
 * A thread must not be terminated while it is in a native call of ONNX Runtime: when the call returns, the library makes
 * JavaScript values of an environment that is gone, and that aborts the whole process (onnxruntime-node 1.30). So a thread
 * says when it is in one, and begins none any more once it is to be ended.
 */
import type { Worker } from 'node:worker_threads';
import type { OrtLike, OrtSessionLike } from '@undertone/core';

/** Words of the shared memory: calls that run, and whether no more may begin. */
const running = 0;
const forbidden = 1;
const words = 2;
const pollMs = 2;
/** A call takes milliseconds: one that takes so long never returns, or its thread hangs beside it. */
const patienceMs = 30_000;

export function newNativeCalls(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(words * Int32Array.BYTES_PER_ELEMENT));
}

/** The runtime for the thread: what it calls is counted, and ends the thread instead where none may begin. */
export function countingRuntime(ort: OrtLike, calls: Int32Array): OrtLike {
  const create: OrtLike['InferenceSession']['create'] = async (model, options) => {
    const session = await counted(calls, () => ort.InferenceSession.create(model, options));
    return countingSession(session, calls);
  };
  return { Tensor: ort.Tensor, InferenceSession: { create } };
}

/**
 * Ends a thread as soon as it is in no native call. One that stays in one is left to itself, and keeps nobody waiting.
 * @returns resolves when it is gone, or was left
 */
export async function endThread(worker: Worker, calls: Int32Array): Promise<void> {
  worker.unref();
  Atomics.store(calls, forbidden, 1);
  for (let waitedMs = 0; Atomics.load(calls, running) !== 0; waitedMs += pollMs) {
    if (waitedMs >= patienceMs) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs).unref());
  }
  await worker.terminate();
}

function countingSession(session: OrtSessionLike, calls: Int32Array): OrtSessionLike {
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: async (feeds) => {
      // The library calls in an immediate of its own, which follows this one: what the thread does until then is not counted.
      setImmediate(enter, calls);
      try {
        return await session.run(feeds);
      } finally {
        leave(calls);
      }
    },
    release: () => counted(calls, () => session.release()),
  };
}

async function counted<T>(calls: Int32Array, call: () => Promise<T>): Promise<T> {
  enter(calls);
  try {
    return await call();
  } finally {
    leave(calls);
  }
}

function enter(calls: Int32Array): void {
  Atomics.add(calls, running, 1);
  // Looked at after that, so that of this thread and the one that ends it at least one sees the other.
  if (Atomics.load(calls, forbidden) === 0) return;
  leave(calls);
  process.exit();
}

function leave(calls: Int32Array): void {
  Atomics.sub(calls, running, 1);
}
