/** Measures all clips of a corpus, in worker threads where the code is compiled. */
import { Worker } from 'node:worker_threads';
import { UndertoneError } from '@undertone/core';
import type { Clip } from '../data/clip.ts';
import { usableThreads } from '../features/extraction-pool.ts';
import { type ClipResult, measureClip } from './measure-clip.ts';

const clipsPerMessage = 16;

export interface MeasureOptions {
  /** 0 measures in this thread. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * One result for each clip, in order.
 * @throws UndertoneError `aborted`
 */
export async function measureClips(clips: readonly Clip[], options: MeasureOptions): Promise<ClipResult[]> {
  const threads = usableThreads(Math.min(options.threads, Math.ceil(clips.length / clipsPerMessage)));
  return threads > 0 ? inWorkers(clips, options, threads) : here(clips, options);
}

async function here(clips: readonly Clip[], { signal, onProgress }: MeasureOptions): Promise<ClipResult[]> {
  const results: ClipResult[] = [];
  for (const [index, clip] of clips.entries()) {
    if (signal?.aborted) throw aborted();
    results.push(await measureClip(clip, index));
    onProgress?.(results.length, clips.length);
  }
  return results;
}

async function inWorkers(
  clips: readonly Clip[],
  { signal, onProgress }: MeasureOptions,
  threads: number,
): Promise<ClipResult[]> {
  const results: ClipResult[] = [];
  const workers: Worker[] = [];
  let given = 0;
  let done = 0;
  const finished = new Promise<void>((resolve, reject) => {
    const give = (worker: Worker): void => {
      const indices: number[] = [];
      while (given < clips.length && indices.length < clipsPerMessage) indices.push(given++);
      if (indices.length > 0) worker.postMessage(indices);
    };
    signal?.addEventListener('abort', () => reject(aborted()), { once: true });
    if (signal?.aborted) reject(aborted());
    for (let i = 0; i < threads; i++) {
      const worker = new Worker(new URL('./inspect-worker.js', import.meta.url), { workerData: clips });
      workers.push(worker);
      worker.on('error', reject);
      worker.on('exit', (code) =>
        reject(new UndertoneError('internal', `A measuring thread ended with code ${code}.`)),
      );
      worker.on('message', (some: readonly ClipResult[]) => {
        give(worker);
        for (const result of some) results[result.index] = result;
        done += some.length;
        onProgress?.(done, clips.length);
        if (done === clips.length) resolve();
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
  return results;
}

function aborted(): UndertoneError {
  return new UndertoneError('aborted', 'The inspection was stopped.');
}
