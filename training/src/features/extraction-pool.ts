/** Runs an extraction plan over all clips, in worker threads where the code is compiled, in order either way. */
import { UndertoneError } from '@undertone/core';
import { clipsPerMessage, runInThreads, usableThreads } from './clip-pool.ts';
import { Extraction, type ExtractionPlan, type ExtractionResult } from './extraction.ts';

export interface ExtractionRun {
  readonly plan: ExtractionPlan;
  /** 0 runs in this thread. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once for each clip, in order of the plan. */
  readonly onResult: (result: ExtractionResult) => void;
}

/** @throws UndertoneError `aborted` */
export async function runExtraction(run: ExtractionRun): Promise<void> {
  const threads = usableThreads(run.threads, run.plan.clips.length);
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

/** Results are delivered in order of the plan, as soon as those before them are there. */
async function runInWorkers({ plan, signal, onResult }: ExtractionRun, threads: number): Promise<void> {
  const waiting = new Map<number, ExtractionResult>();
  let delivered = 0;
  await runInThreads<ExtractionResult>({
    worker: new URL('./extraction-worker.js', import.meta.url),
    workerData: plan,
    threadName: 'feature',
    clips: plan.clips.length,
    threads,
    signal,
    aborted,
    onResults: (results) => {
      for (const result of results) waiting.set(result.index, result);
      for (let next = waiting.get(delivered); next; next = waiting.get(delivered)) {
        waiting.delete(delivered++);
        onResult(next);
      }
    },
  });
}

function aborted(): UndertoneError {
  return new UndertoneError('aborted', 'Feature extraction was stopped.');
}
