/** The process in which a model's costs are measured: nothing else runs in it, so its memory is the model's. */
import { type CostMessage, measureModelFolder } from './measured-cost.ts';

// A terminal's Ctrl-C reaches this process too; the one that started it says when to stop.
process.on('SIGINT', () => {});
const say = (message: CostMessage): boolean => process.send!(message);
const done = (): void => process.exit();
process.on('disconnect', done);

process.once('message', async ({ folder, audio }: { folder: string; audio: Float32Array }) => {
  try {
    const onProgress = (n: number, total: number): void => void say({ done: n, total });
    const measured: CostMessage = await measureModelFolder(folder, audio, { onProgress });
    process.send!(measured, undefined, undefined, done);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    process.send!({ failure } satisfies CostMessage, undefined, undefined, done);
  }
});
