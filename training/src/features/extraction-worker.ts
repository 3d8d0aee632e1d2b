/** Worker thread of the feature cache: takes clip indices, returns features. */
import { parentPort, workerData } from 'node:worker_threads';
import { Extraction, type ExtractionPlan, type ExtractionResult } from './extraction.ts';

const port = parentPort;
if (port) {
  const extraction = Extraction.make(workerData as ExtractionPlan);
  // One message after the other: a clip at a time is in memory.
  let before: Promise<void> = Promise.resolve();
  port.on('message', (indices: readonly number[]) => {
    before = before.then(async () => {
      const results: ExtractionResult[] = [];
      for (const index of indices) results.push(await (await extraction).run(index));
      port.postMessage(results, transferList(results));
    });
  });
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
