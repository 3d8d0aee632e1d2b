/** Worker thread of the inspection: takes clip indices, returns what was measured. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Clip } from '../data/clip.ts';
import { type ClipResult, measureClip } from './measure-clip.ts';

const port = parentPort;
if (port) {
  const clips = workerData as readonly Clip[];
  let before: Promise<void> = Promise.resolve();
  port.on('message', (indices: readonly number[]) => {
    before = before.then(async () => {
      const results: ClipResult[] = [];
      for (const index of indices) results.push(await measureClip(clips[index]!, index));
      port.postMessage(results);
    });
  });
}
