/** Hands the clips of a list to worker threads, in small messages, where the code is compiled. */
import { parentPort, Worker } from 'node:worker_threads';
import { UndertoneError } from '@undertone/core';

/** Clips of one message, and between two looks at the signal where there are no threads. */
export const clipsPerMessage = 16;

/** Threads worth starting for so many clips: none from TypeScript source, which Node 20 cannot load in a worker. */
export function usableThreads(wanted: number, clips: number): number {
  return import.meta.url.endsWith('.js') ? Math.min(wanted, Math.ceil(clips / clipsPerMessage)) : 0;
}

export interface ClipPool<Result> {
  /** Module that calls `answerIndices`. */
  readonly worker: URL;
  readonly workerData: unknown;
  /** What a thread is called in an error. */
  readonly threadName: string;
  readonly clips: number;
  readonly threads: number;
  readonly signal: AbortSignal | undefined;
  /** The error of a pool that the signal stopped. */
  readonly aborted: () => UndertoneError;
  /** Results of one message; messages come in any order. */
  readonly onResults: (results: readonly Result[]) => void;
}

/** @throws UndertoneError `internal` when a thread ends early, and what the pool is given to throw */
export async function runInThreads<Result>(pool: ClipPool<Result>): Promise<void> {
  const { clips, threads, signal, aborted } = pool;
  const workers: Worker[] = [];
  let given = 0;
  let done = 0;
  const finished = new Promise<void>((resolve, reject) => {
    const give = (worker: Worker): void => {
      const indices: number[] = [];
      while (given < clips && indices.length < clipsPerMessage) indices.push(given++);
      if (indices.length > 0) worker.postMessage(indices);
    };
    signal?.addEventListener('abort', () => reject(aborted()), { once: true });
    if (signal?.aborted) reject(aborted());
    for (let i = 0; i < threads; i++) {
      const worker = new Worker(pool.worker, { workerData: pool.workerData });
      workers.push(worker);
      worker.on('error', reject);
      worker.on('exit', (code) =>
        reject(new UndertoneError('internal', `A ${pool.threadName} thread ended with code ${code}.`)),
      );
      worker.on('message', (results: readonly Result[]) => {
        try {
          give(worker);
          pool.onResults(results);
          done += results.length;
          if (done === clips) resolve();
        } catch (error) {
          reject(error);
        }
      });
      // Two messages in flight, so that a worker never waits for this thread.
      give(worker);
      give(worker);
    }
  });
  try {
    await finished;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/**
 * The other side, called in a worker thread: answers each message of clip indices with their results, one message after
 * the other, so that a clip at a time is in memory.
 * @param transfer buffers of the results that are moved and not copied
 */
export function answerIndices<Result>(
  run: (index: number) => Promise<Result>,
  transfer: (results: readonly Result[]) => ArrayBuffer[] = () => [],
): void {
  const port = parentPort;
  if (!port) return;
  let before: Promise<void> = Promise.resolve();
  port.on('message', (indices: readonly number[]) => {
    before = before.then(async () => {
      const results: Result[] = [];
      for (const index of indices) results.push(await run(index));
      port.postMessage(results, transfer(results));
    });
  });
}
