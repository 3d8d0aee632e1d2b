// A thread that does nothing but call ONNX Runtime; or that hangs after it has asked for a call.
import { parentPort, workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
const { openModel } = await import('../../server/src/inference/open-model.ts');
const { folder, calls, hangs } = workerData;
const model = await openModel(folder, false, calls);
const batch = 32;
const frames = 16 * model.stepFrames;
const run = () =>
  model.step({
    ...{ batch, frames },
    features: new Float32Array(batch * frames * model.inputSize),
    state: new Float32Array(batch * model.stateSize),
  });
await run();
parentPort.postMessage('ready');
for (;;) {
  const done = run();
  if (hangs) for (;;);
  await done;
}
