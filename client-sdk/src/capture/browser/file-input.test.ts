import { afterEach, expect, it, vi } from 'vitest';
import { fromFile } from './file-input.ts';

afterEach(() => vi.restoreAllMocks());

/** 16-bit mono at 8 kHz. */
function wav(samples: number): Blob {
  const header = new DataView(new ArrayBuffer(44));
  for (const [at, name] of [
    [0, 'RIFF'],
    [8, 'WAVE'],
    [12, 'fmt '],
    [36, 'data'],
  ] as const)
    for (let i = 0; i < 4; i++) header.setUint8(at + i, name.charCodeAt(i));
  header.setUint32(4, 36 + samples * 2, true);
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, 8000, true);
  header.setUint32(28, 16_000, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  header.setUint32(40, samples * 2, true);
  return new Blob([header.buffer, new Int16Array(samples).buffer]);
}

it('a file at the speed of speech leaves nothing behind with each packet', async () => {
  const added = vi.spyOn(AbortSignal.prototype, 'addEventListener');
  const removed = vi.spyOn(AbortSignal.prototype, 'removeEventListener');
  const input = await fromFile(wav(1600), { realTime: true, packetMs: 20 });
  let packets = 0;
  for await (const _ of input) packets++;
  expect(packets).toBe(10);
  expect(added.mock.calls.length).toBeGreaterThan(0);
  expect(removed.mock.calls.length).toBe(added.mock.calls.length);
});

it('a file that is stopped while a packet is waited for ends at once', async () => {
  const input = await fromFile(wav(16_000), { realTime: true, packetMs: 1000 });
  const reading = input[Symbol.asyncIterator]().next();
  await input.stop();
  expect(await reading).toEqual({ done: true, value: undefined });
});
