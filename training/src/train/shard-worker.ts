/** Thread of one shard: builds its own batches and leaves its gradient in shared memory. */
import { parentPort, workerData } from 'node:worker_threads';
import { UndertoneError } from '@undertone/core';
import { CnnShard, isCnnPlan } from '../families/cnn/cnn-shard.ts';
import type { BatchSourceModule } from './batch.ts';
import { type Shard, ShardEvaluator } from './shard-evaluator.ts';
import type { ShardReply, ShardRequest, ShardWorkerData } from './shard-messages.ts';

const port = parentPort;
if (!port) throw new UndertoneError('internal', 'Expected shard-worker to be started as a worker thread.');
const { plan, source: spec, parameters, gradient } = workerData as ShardWorkerData;

const opened = open();
// Reported in answer to the first request, not as a crash.
opened.catch(() => {});

async function open(): Promise<Shard> {
  const module = (await import(spec.module)) as BatchSourceModule;
  const source = await module.createBatchSource(spec.options);
  const memory = [new Float32Array(parameters), new Float32Array(gradient)] as const;
  return isCnnPlan(plan)
    ? new CnnShard(plan, source, ...memory)
    : new ShardEvaluator(plan, source, ...memory);
}

async function answer(request: ShardRequest): Promise<ShardReply> {
  try {
    const evaluator = await opened;
    if (request.kind === 'prepare') {
      return { id: request.id, weights: await evaluator.prepare(request.epoch, request.index) };
    }
    if (request.kind === 'evaluate')
      return { id: request.id, losses: await evaluator.evaluate(request.scales) };
    await evaluator.close();
    return { id: request.id };
  } catch (error) {
    const code = error instanceof UndertoneError ? error.code : 'internal';
    const message = error instanceof Error ? error.message : String(error);
    return { id: request.id, error: { code, message } };
  }
}

let last: Promise<void> = Promise.resolve();
port.on('message', (request: ShardRequest) => {
  last = last.then(async () => {
    port.postMessage(await answer(request));
    if (request.kind === 'close') port.close();
  });
});
