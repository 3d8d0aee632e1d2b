/** Runs an extraction plan over all clips, in worker threads where the code is compiled, in order either way. */
import { Worker } from 'node:worker_threads';
import { UndertoneError } from '@undertone/core';
import { Extraction, type ExtractionPlan, type ExtractionResult } from './extraction.ts';

const clipsPerMessage = 16;

export interface ExtractionRun {
  readonly plan: ExtractionPlan;
  /** 0 runs in this thread. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once for each clip, in order of the plan. */
  readonly onResult: (result: ExtractionResult) => void;
}

/** Threads that can be used: none from TypeScript source, which Node 20 cannot load in a worker. */
export function usableThreads(wanted: number): number {
  return import.meta.url.endsWith('.js') ? wanted : 0;
}

/** @throws UndertoneError `aborted` */
export async function runExtraction(run: ExtractionRun): Promise<void> {
  const threads = usableThreads(Math.min(run.threads, Math.ceil(run.plan.clips.length / clipsPerMessage)));
  return threads > 0 ? runInWorkers(run, threads) : runHere(run);
}

async function runHere({ plan, signal, onResult }: ExtractionRun): Promise<void> {
  const extraction = await Extraction.make(plan);
  for (let index = 0; index < plan.clips.length; index++) {
    if (signal?.aborted) throw aborted();
    onResult(await extraction.run(index));
    // Lets signals and progress through.
    if (index % clipsPerMessage === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

async function runInWorkers({ plan, signal, onResult }: ExtractionRun, threads: number): Promise<void> {
  const count = plan.clips.length;
  const waiting = new Map<number, ExtractionResult>();
  let given = 0;
  let delivered = 0;
  const workers: Worker[] = [];
  const finished = new Promise<void>((resolve, reject) => {
    const give = (worker: Worker): void => {
      const indices: number[] = [];
      while (given < count && indices.length < clipsPerMessage) indices.push(given++);
      if (indices.length > 0) worker.postMessage(indices);
    };
    const accept = (worker: Worker, results: readonly ExtractionResult[]): void => {
      give(worker);
      for (const result of results) waiting.set(result.index, result);
      for (let next = waiting.get(delivered); next; next = waiting.get(delivered)) {
        waiting.delete(delivered++);
        onResult(next);
      }
      if (delivered === count) resolve();
    };
    signal?.addEventListener('abort', () => reject(aborted()), { once: true });
    if (signal?.aborted) reject(aborted());
    for (let i = 0; i < threads; i++) {
      const worker = new Worker(new URL('./extraction-worker.js', import.meta.url), { workerData: plan });
      workers.push(worker);
      worker.on('error', reject);
      worker.on('exit', (code) =>
        reject(new UndertoneError('internal', `A feature thread ended with code ${code}.`)),
      );
      worker.on('message', (results: readonly ExtractionResult[]) => {
        try {
          accept(worker, results);
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

function aborted(): UndertoneError {
  return new UndertoneError('aborted', 'Feature extraction was stopped.');
}
