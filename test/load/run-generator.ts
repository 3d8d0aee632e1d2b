/** Makes load from a process of its own, so that neither its CPU nor its pauses are the server's. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadOutcome, LoadPlan } from './load-plan.ts';

const generator = fileURLToPath(new URL('./generator.ts', import.meta.url));

/** @throws Error when the generator ends without an answer */
export function runGenerator(plan: LoadPlan): Promise<LoadOutcome> {
  const child = fork(generator, {
    execArgv: ['--conditions=@undertone/source', '--import', 'tsx'],
    serialization: 'advanced',
  });
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  child.send(plan);
  return new Promise((resolve, reject) => {
    child.once('message', (outcome) => resolve(outcome as LoadOutcome));
    child.once('exit', (code) => {
      process.off('exit', stop);
      reject(new Error(`The load generator ended with code ${code} and no result.`));
    });
  });
}
