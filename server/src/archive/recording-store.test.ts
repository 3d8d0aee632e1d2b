import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type RecordingSource, RecordingStore } from './recording-store.ts';

const piece = new Uint8Array(10);
const never = new AbortController().signal;
const storeOf = (source: RecordingSource, patienceMs = 100): RecordingStore =>
  new RecordingStore(new Map([['file', source]]), patienceMs);

async function take(store: RecordingStore, address: string, workMs = 0, signal = never): Promise<number> {
  let pieces = 0;
  for await (const _ of store.read(address, signal)) {
    pieces++;
    await sleep(workMs);
  }
  return pieces;
}

test('an address of another kind is refused', async () => {
  const store = storeOf({ read: () => expect.unreachable() });
  for (const address of ['ftp://x/a.wav', 'a.wav', '', '/a.wav', 'fileX:a', 'data:,RIFF'])
    await expect(take(store, address), address).rejects.toMatchObject({ code: 'bad_parameter' });
});

test('one that takes long to be worked on is read to its end', async () => {
  const store = storeOf({
    async *read() {
      for (let i = 0; i < 4; i++) yield piece;
    },
  });
  expect(await take(store, 'FILE:a', 150)).toBe(4);
});

test('storage that never answers is given up, and told so', async () => {
  const told: boolean[] = [];
  const store = storeOf({
    async *read(_address, signal) {
      yield piece;
      signal.addEventListener('abort', () => told.push(true));
      await new Promise(() => {});
    },
  });
  await expect(take(store, 'file:a')).rejects.toMatchObject({
    code: 'connection_failed',
    message: expect.stringContaining('within 0.1 s'),
  });
  expect(told).toEqual([true]);
});

test('a reader that has enough ends the reading', async () => {
  let isEnded = false;
  const store = storeOf({
    async *read() {
      try {
        for (;;) yield piece;
      } finally {
        isEnded = true;
      }
    },
  });
  for await (const _ of store.read('file:a', never)) break;
  await sleep(0);
  expect(isEnded).toBe(true);
});

test('an abort reaches the reading with its reason, and nothing of a recording that was read is kept', async () => {
  const worker = new AbortController();
  const reasons: unknown[] = [];
  const store = storeOf({
    async *read(address, signal) {
      yield piece;
      if (address === 'file:short') return;
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      reasons.push(signal.reason);
      signal.throwIfAborted();
    },
  });
  await take(store, 'file:short', 0, worker.signal);
  expect(getEventListeners(worker.signal, 'abort')).toEqual([]);
  const reading = expect(take(store, 'file:long', 0, worker.signal)).rejects.toBe('given back');
  await sleep(10);
  worker.abort('given back');
  await reading;
  expect(reasons).toEqual(['given back']);
});
