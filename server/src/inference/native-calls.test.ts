import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { testModelFolder } from '../../../test/support/model.ts';
import { endThread, newNativeCalls } from './native-calls.ts';
import { readModels } from './served-models.ts';

const busy = new URL('../../../test/support/busy-thread.mjs', import.meta.url);
const [folder] = await readModels([testModelFolder()]);

async function startAndEnd(hangs: boolean, afterMs: number): Promise<void> {
  const calls = newNativeCalls();
  const execArgv = ['--conditions=@undertone/source'];
  const worker = new Worker(busy, { workerData: { folder, calls, hangs }, execArgv });
  await once(worker, 'message');
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  const gone = once(worker, 'exit');
  await endThread(worker, calls);
  await gone;
  expect(Atomics.load(calls, 0)).toBe(0);
}

// Were one of them terminated in a call, this process would be aborted.
test('threads that are ended while they recognise end nothing else', async () => {
  for (let i = 0; i < 12; i++) await startAndEnd(false, 3 * i);
}, 60_000);

test('a thread that hangs with a call in sight is ended', () => startAndEnd(true, 10), 30_000);
