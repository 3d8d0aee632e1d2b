/** Costs and memory of a model folder, measured in a process of their own where there is one to start. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UndertoneError } from '@undertone/core';
import { openModelFolder } from '../../evaluate/model-folder.ts';
import { type CostOptions, measureRunningCost, type RunningCost } from './running-cost.ts';

export interface MeasuredCost {
  readonly cost: RunningCost;
  /** Growth of the process when the model is opened and run. */
  readonly memoryBytes: number;
}

/** What the process of `cost-worker.ts` says: how far it is, then what it found. */
export type CostMessage =
  | { readonly done: number; readonly total: number }
  | { readonly failure: string }
  | MeasuredCost;

/** @throws UndertoneError as `openModelFolder`, `aborted`, `internal` when the process died */
export async function measureCost(
  folder: string,
  audio: Float32Array,
  options: CostOptions = {},
): Promise<MeasuredCost> {
  // TypeScript cannot be started as a process; there the memory is that of this one.
  if (import.meta.url.endsWith('.ts')) return measureModelFolder(folder, audio, options);
  const { signal, onProgress } = options;
  const path = fileURLToPath(new URL('./cost-worker.js', import.meta.url));
  const child = fork(path, [], { serialization: 'advanced' });
  const stop = (): void => {
    child.kill('SIGKILL');
  };
  signal?.addEventListener('abort', stop);
  try {
    return await new Promise((resolve, reject) => {
      const failed = (reason: string): void => {
        reject(
          signal?.aborted
            ? new UndertoneError('aborted', `Stopped while measuring the costs of ${folder}.`)
            : new UndertoneError('internal', `Measuring the costs of ${folder} failed: ${reason}`),
        );
      };
      child.on('message', (message: CostMessage) => {
        if ('done' in message) onProgress?.(message.done, message.total);
        else if ('failure' in message) failed(message.failure);
        else resolve(message);
      });
      child.once('error', (cause) => failed(cause.message));
      child.once('close', (code) => failed(`its process ended with code ${code}.`));
      if (signal?.aborted) stop();
      else child.send({ folder, audio }, () => {});
    });
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

export async function measureModelFolder(
  folder: string,
  audio: Float32Array,
  options: CostOptions = {},
): Promise<MeasuredCost> {
  const before = process.memoryUsage.rss();
  const model = await openModelFolder(folder);
  try {
    const cost = await measureRunningCost(model, audio, options);
    return { cost, memoryBytes: Math.max(0, process.memoryUsage.rss() - before) };
  } finally {
    await model.close();
  }
}
