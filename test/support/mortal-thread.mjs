// A recognition thread that dies when it is told to: it must not be terminated from outside while it recognises.
import { BroadcastChannel, threadId } from 'node:worker_threads';

const orders = new BroadcastChannel('thread that is to die');
orders.onmessage = ({ data }) => {
  if (data === threadId) process.exit(9);
};
orders.unref();
await import('../../server/src/inference/recognition-worker-source.mjs');
