/** Clients that do not play along, over real sockets; what others hear is tested in `test/conformance`. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { UndertoneError } from '@undertone/core';
import { afterEach, expect, test } from 'vitest';
import { asksToBeTold, ToldRefusals, type ToldRefusalsOptions } from './told-refusals.ts';

let http: Server;
let refusals: ToldRefusals;
const clients: Socket[] = [];
afterEach(async () => {
  refusals.close();
  for (const client of clients.splice(0)) client.destroy();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

/** Refuses everybody; `asked` and `told` say how it went. */
async function serve(options: ToldRefusalsOptions): Promise<{ asked: boolean[]; told: boolean[] }> {
  refusals = new ToldRefusals(options);
  const found = { asked: [] as boolean[], told: [] as boolean[] };
  http = createServer().on('upgrade', (request, socket, head) => {
    found.asked.push(asksToBeTold(request));
    const isTold = refusals.tell(request, socket, head, new UndertoneError('overloaded', 'Full.'));
    found.told.push(isTold);
    if (!isTold) socket.destroy();
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return found;
}

/** A client that reads what comes and answers nothing, not even the close. */
async function deafClient(protocols: string): Promise<Socket> {
  const client = connect((http.address() as AddressInfo).port, '127.0.0.1');
  clients.push(client);
  client.on('error', () => {});
  const lines = [
    'GET /v1/stream HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Sec-WebSocket-Protocol: ${protocols}`,
  ];
  client.write(`${lines.join('\r\n')}\r\n\r\n`);
  await Promise.race([once(client, 'data'), once(client, 'close')]);
  client.resume();
  return client;
}

test('they are cut when their time is over', async () => {
  await serve({ deadlineMs: 50 });
  await once(await deafClient('undertone.v1, undertone.refusals.v1'), 'close');
});

test('no more of them than there may be are waited for, until one has gone', async () => {
  const { told } = await serve({ most: 2, deadlineMs: 600_000 });
  const first = await deafClient('undertone.refusals.v1');
  await deafClient('undertone.refusals.v1');
  await deafClient('undertone.refusals.v1');
  expect(told).toEqual([true, true, false]);
  first.destroy();
  await expect
    .poll(async () => {
      await deafClient('undertone.refusals.v1');
      return told.at(-1);
    })
    .toBe(true);
});

test('a server that stops cuts them at once', async () => {
  await serve({ deadlineMs: 600_000 });
  const client = await deafClient('undertone.refusals.v1');
  refusals.close();
  await once(client, 'close');
});

test.each([
  ['undertone.v1,undertone.refusals.v1', true],
  ['undertone.v1, undertone.refusals.v1 , bearer, x', true],
  ['undertone.v1, undertone.refusals.v11', false],
  ['undertone.v1', false],
])('"%s" asks for it: %s', async (protocols, isAsked) => {
  const { asked } = await serve({ most: 0 });
  await deafClient(protocols);
  expect(asked).toEqual([isAsked]);
});
