import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { testModelFolder } from '../../test/support/model.ts';
import { createServer } from './app.ts';
import { Closing } from './closing.ts';
import { ServedModels } from './inference/served-models.ts';

let threads: Promise<unknown>[];
const onThread = (message: unknown): void =>
  void threads.push(once((message as { worker: Worker }).worker, 'exit'));
beforeEach(() => {
  threads = [];
  subscribe('worker_threads', onThread);
});
afterEach(() => {
  unsubscribe('worker_threads', onThread);
  vi.restoreAllMocks();
});

const config = {
  port: 0,
  workers: 1,
  logLevel: 'silent',
  model: [testModelFolder()],
  console: 'off',
} as const;

test('a server that cannot be put together leaves no thread behind', async () => {
  vi.spyOn(ServedModels.prototype, 'default', 'get').mockImplementation(() => {
    throw new Error('broken on purpose');
  });
  await expect(createServer(config)).rejects.toThrowError('broken on purpose');
  expect(threads).toHaveLength(1);
  await Promise.all(threads);
});

test.each(['port', 'grpcPort', 'adminPort'] as const)(
  'a server whose %s is taken says so and leaves nothing open',
  async (setting) => {
    const taken = createTcpServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    await expect(createServer({ ...config, [setting]: port })).rejects.toMatchObject({
      code: 'bad_config',
      message: expect.stringContaining(String(port)),
    });
    expect(threads).toHaveLength(1);
    await Promise.all(threads);
    taken.close();
  },
);

test('what is closed is closed from the newest to the oldest, also where one fails', async () => {
  const closing = new Closing();
  const closed: number[] = [];
  closing.add(() => closed.push(1));
  closing.add(async () => {
    closed.push(2);
    throw new Error('stuck');
  });
  closing.add(() => closed.push(3));
  await expect(closing.closeAll()).rejects.toThrowError('stuck');
  await closing.closeAll();
  expect(closed).toEqual([3, 2, 1]);
});
