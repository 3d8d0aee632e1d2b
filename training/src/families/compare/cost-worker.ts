/** The process in which a model's costs are measured: nothing else runs in it, so its memory is the model's. */
import { measureModelFolder } from './measured-cost.ts';

const done = (): void => process.exit();
process.on('disconnect', done);

process.once('message', async ({ folder, audio }: { folder: string; audio: Float32Array }) => {
  try {
    process.send!(await measureModelFolder(folder, audio), undefined, undefined, done);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    process.send!({ failure }, undefined, undefined, done);
  }
});
