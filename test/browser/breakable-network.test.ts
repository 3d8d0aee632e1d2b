import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type BreakableNetwork, breakableNetwork } from './support/breakable-network.ts';

let echo: Server;
let network: BreakableNetwork;
beforeEach(async () => {
  echo = createServer((socket) => socket.pipe(socket).on('error', () => {}));
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  network = await breakableNetwork((echo.address() as AddressInfo).port);
});
afterEach(async () => {
  await network.close();
  echo.close();
});

async function open(): Promise<Socket> {
  const socket = connect(network.port, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

async function answer(socket: Socket): Promise<string> {
  socket.write('hello');
  const outcome = await Promise.race([
    new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes)))),
    new Promise<string>((resolve) => socket.once('close', () => resolve('closed'))),
    new Promise<string>((resolve) => setTimeout(resolve, 200, 'nothing')),
  ]);
  return outcome;
}

it('carries bytes until it is cut, and again for new connections when it is restored', async () => {
  const first = await open();
  expect(await answer(first)).toBe('hello');
  network.cut('reset');
  expect(await answer(first)).toBe('closed');
  network.restore();
  expect(await answer(await open())).toBe('hello');
  expect(network.connections).toBe(2);
});

it('a silent cut tells nobody, and leaves dead connections behind', async () => {
  const first = await open();
  network.cut('silent');
  expect(await answer(first)).toBe('nothing');
  expect(await answer(await open())).toBe('nothing');
  network.restore();
  expect(await answer(first)).toBe('closed');
});
