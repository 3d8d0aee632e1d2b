/** Measures all clips of a corpus, in worker threads where the code is compiled. */
import { UndertoneError } from '@undertone/core';
import type { Clip } from '../data/clip.ts';
import { runInThreads, usableThreads } from '../features/clip-pool.ts';
import { type ClipResult, measureClip } from './measure-clip.ts';

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
  const threads = usableThreads(options.threads, clips.length);
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
  let done = 0;
  await runInThreads<ClipResult>({
    worker: new URL('./inspect-worker.js', import.meta.url),
    workerData: clips,
    threadName: 'measuring',
    clips: clips.length,
    threads,
    signal,
    aborted,
    onResults: (some) => {
      for (const result of some) results[result.index] = result;
      done += some.length;
      onProgress?.(done, clips.length);
    },
  });
  return results;
}

function aborted(): UndertoneError {
  return new UndertoneError('aborted', 'The inspection was stopped.');
}
