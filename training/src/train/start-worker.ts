/** Starts a module of this folder as a worker thread, from the compiled code or, as tests do, from source. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** @param name of the module without its ending, relative to this one */
export function startWorker(name: string, workerData: unknown): Worker {
  const here = import.meta.url;
  if (!here.endsWith('.ts')) return new Worker(new URL(`${name}.js`, here), { workerData });
  // A thread does not inherit the loader of its parent.
  const tsx = pathToFileURL(createRequire(here).resolve('tsx/package.json'));
  const loader = new URL('./dist/esm/api/index.mjs', tsx).href;
  const worker = new URL(`${name}.ts`, here).href;
  return new Worker(
    `import('${loader}').then(({ register }) => { register(); return import('${worker}'); });`,
    {
      eval: true,
      workerData,
      execArgv: ['--conditions=@undertone/source'],
    },
  );
}
