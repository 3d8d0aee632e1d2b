/** Worker thread of the feature cache: takes clip indices, returns features. */
import { parentPort, workerData } from 'node:worker_threads';
import { Extraction, type ExtractionPlan, type ExtractionResult } from './extraction.ts';

const port = parentPort;
if (port) {
  const extraction = new Extraction(workerData as ExtractionPlan);
  port.on('message', (indices: readonly number[]) => {
    const results = indices.map((index) => extraction.run(index));
    port.postMessage(results, transferList(results));
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
