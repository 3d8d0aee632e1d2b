// A recognition thread that audio can break: bytes of it that spell what is to happen.
import { register } from 'tsx/esm/api';

register();
const { StreamRecogniser } = await import('@undertone/core');
const { accept } = StreamRecogniser.prototype;
StreamRecogniser.prototype.accept = function (bytes) {
  const text = Buffer.from(bytes.slice().buffer);
  if (text.includes('!exit!')) process.exit(7);
  if (text.includes('!throw!')) {
    setImmediate(() => {
      throw new Error('broken on purpose');
    });
  }
  if (text.includes('!hang!')) for (;;);
  accept.call(this, bytes);
};
await import('../../server/src/inference/recognition-worker.ts');
