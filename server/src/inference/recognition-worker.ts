/** A recognition thread: opens the models, then recognises what the main thread sends until it is told to stop. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ModelRuntime, UndertoneError } from '@undertone/core';
import { answerProfileRequests } from '../observability/thread-profiles.ts';
import { openModel } from './open-model.ts';
import { WorkerHost } from './worker-host.ts';
import type { FromWorker, ToWorker, WorkerData } from './worker-protocol.ts';

const port = parentPort!;
const { models: folders, buffers, calls, maxBatch, testOutputs } = workerData as WorkerData;
const post = (message: FromWorker): void => {
  const reports = message.type === 'answer' ? message.reports : [];
  const snapshots = reports.flatMap((report) =>
    report.type === 'checkpoint' ? [report.point.snapshot.buffer as ArrayBuffer] : [],
  );
  port.postMessage(message, snapshots);
};

async function start(): Promise<void> {
  const models: ModelRuntime[] = [];
  for (const folder of folders) models.push(await openModel(folder, testOutputs, calls));
  const host = new WorkerHost({ models, buffers, maxBatch, post, now: () => performance.now() });
  port.on('message', (message: ToWorker) => {
    if (message.type === 'tick') host.take(message);
    else void host.close().finally(() => port.close());
  });
  answerProfileRequests();
  post({ type: 'ready', stepFrames: models.map((model) => model.stepFrames) });
}

start().catch((cause: unknown) => {
  const code = cause instanceof UndertoneError ? cause.code : 'internal';
  post({ type: 'failed', code, message: cause instanceof Error ? cause.message : String(cause) });
  port.close();
});
