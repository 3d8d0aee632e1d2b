// A recognition thread that starts once: those that replace it end at once.
import { workerData } from 'node:worker_threads';

if (!workerData.testOutputs) process.exit(3);
await import('./mortal-thread.mjs');
