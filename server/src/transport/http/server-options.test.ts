import { once } from 'node:events';
import { createServer, get } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { limitSilentConnections } from './server-options.ts';

test('connections that ask for nothing are cut beyond their number, and those that ask do not count', async () => {
  const server = createServer((_, response) => response.end('ok'));
  limitSilentConnections(server, 2);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const open = async (): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  const asking = await open();
  asking.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  await once(asking, 'data');
  const silent = [await open(), await open()];
  const third = await open();
  await once(third, 'close');
  expect(silent.map((socket) => socket.closed)).toEqual([false, false]);
  silent[0]!.destroy();
  await expect
    .poll(
      () =>
        new Promise((resolve) => {
          get({ port, host: '127.0.0.1', agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode);
          }).on('error', () => resolve(null));
        }),
    )
    .toBe(200);
  for (const socket of [asking, ...silent]) socket.destroy();
  server.close();
});
