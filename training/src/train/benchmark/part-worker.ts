/** Thread of a part of a benchmark's batch. */
import { parentPort, workerData } from 'node:worker_threads';
import { UndertoneError } from '@undertone/core';
import type { NetworkName } from './networks.ts';
import { BenchmarkPart } from './part.ts';

export interface PartWorkerData {
  readonly network: NetworkName;
  readonly rows: number;
  readonly seed: number;
  /** `[P]` float32 each. */
  readonly parameters: SharedArrayBuffer;
  readonly gradient: SharedArrayBuffer;
}

const port = parentPort;
if (!port) throw new UndertoneError('internal', 'Expected part-worker to be started as a worker thread.');
const { network, rows, seed, parameters, gradient } = workerData as PartWorkerData;
const part = await BenchmarkPart.open(network, rows, seed);
port.on('message', async () => {
  port.postMessage(await part.gradient(new Float32Array(parameters), new Float32Array(gradient)));
});
port.postMessage('open');
