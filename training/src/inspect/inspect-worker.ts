/** Worker thread of the inspection: takes clip indices, returns what was measured. */
import { isMainThread, workerData } from 'node:worker_threads';
import type { Clip } from '../data/clip.ts';
import { answerIndices } from '../features/clip-pool.ts';
import { measureClip } from './measure-clip.ts';

if (!isMainThread) {
  const clips = workerData as readonly Clip[];
  answerIndices((index) => measureClip(clips[index]!, index));
}
