/** Makes load from a process of its own, so that neither its CPU nor its pauses are the server's. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LoadOutcome, LoadPlan } from './load-plan.ts';
import type { TelephonyOutcome, TelephonyPlan } from './telephony-plan.ts';

/** @throws Error when the generator ends without an answer */
export const runGenerator = (plan: LoadPlan): Promise<LoadOutcome> => run('./generator.ts', plan);

/** The same for calls. @throws Error */
export const runTelephonyGenerator = (plan: TelephonyPlan): Promise<TelephonyOutcome> =>
  run('./telephony-generator.ts', plan);

function run<Outcome>(module: string, plan: object): Promise<Outcome> {
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), {
    execArgv: ['--conditions=@undertone/source', '--import', 'tsx'],
    serialization: 'advanced',
  });
  const stop = (): void => void child.kill('SIGKILL');
  process.once('exit', stop);
  child.send(plan);
  return new Promise((resolve, reject) => {
    child.once('message', (outcome) => resolve(outcome as Outcome));
    child.once('exit', (code) => {
      process.off('exit', stop);
      reject(new Error(`The load generator ended with code ${code} and no result.`));
    });
  });
}
