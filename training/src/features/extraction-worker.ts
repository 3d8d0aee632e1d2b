/** Worker thread of the feature cache: takes clip indices, returns features. */
import { isMainThread, workerData } from 'node:worker_threads';
import { answerIndices } from './clip-pool.ts';
import { Extraction, type ExtractionPlan, type ExtractionResult } from './extraction.ts';

if (!isMainThread) {
  const extraction = Extraction.make(workerData as ExtractionPlan);
  answerIndices(async (index) => (await extraction).run(index), transferList);
}

function transferList(results: readonly ExtractionResult[]): ArrayBuffer[] {
  const buffers: ArrayBuffer[] = [];
  for (const result of results) {
    if (!('variants' in result)) continue;
    for (const { raw, levels, speech } of result.variants) {
      buffers.push(...([raw.buffer, levels.buffer, speech.buffer] as ArrayBuffer[]));
    }
  }
  return buffers;
}
