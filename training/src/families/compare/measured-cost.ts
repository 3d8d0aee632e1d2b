/** Costs and memory of a model folder, measured in a process of their own where there is one to start. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { UndertoneError } from '@undertone/core';
import { openModelFolder } from '../../evaluate/model-folder.ts';
import { measureRunningCost, type RunningCost } from './running-cost.ts';

export interface MeasuredCost {
  readonly cost: RunningCost;
  /** Growth of the process when the model is opened and run. */
  readonly memoryBytes: number;
}

/** @throws UndertoneError as `openModelFolder`, `internal` when the process died */
export async function measureCost(folder: string, audio: Float32Array): Promise<MeasuredCost> {
  // TypeScript cannot be started as a process; there the memory is that of this one.
  if (import.meta.url.endsWith('.ts')) return measureModelFolder(folder, audio);
  const path = fileURLToPath(new URL('./cost-worker.js', import.meta.url));
  return new Promise((resolve, reject) => {
    const child = fork(path, [], { serialization: 'advanced' });
    const failed = (reason: string): void => {
      reject(new UndertoneError('internal', `Measuring the costs of ${folder} failed: ${reason}`));
    };
    child.once('message', (message: MeasuredCost | { readonly failure: string }) => {
      if ('failure' in message) failed(message.failure);
      else resolve(message);
    });
    child.once('error', (cause) => failed(cause.message));
    child.once('close', (code) => failed(`its process ended with code ${code}.`));
    child.send({ folder, audio }, () => {});
  });
}

export async function measureModelFolder(folder: string, audio: Float32Array): Promise<MeasuredCost> {
  const before = process.memoryUsage.rss();
  const model = await openModelFolder(folder);
  try {
    const cost = await measureRunningCost(model, audio);
    return { cost, memoryBytes: Math.max(0, process.memoryUsage.rss() - before) };
  } finally {
    await model.close();
  }
}
