/** Many streams and slow readers, over real sockets; who may look is tested with a whole server. */
import { createServer, get, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { parseStreamQuery } from '@undertone/proto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MemoryTransport } from '../../../test/support/memory-transport.ts';
import { createSmallHost, type SmallHost } from '../../../test/support/small-host.ts';
import { bytesOf, speech } from '../../../test/support/speech.ts';
import type { Session } from '../session/session.ts';
import type { SessionHost } from '../session/session-host.ts';
import { eventsPath, OperatorDoor } from './operator-door.ts';

const streams = 500;
const packet = bytesOf(speech('speech_happy_f')).subarray(32_000, 38_400);
const somebody = { id: 'anonymous', anonymous: true };

let small: SmallHost;
let host: SessionHost;
let door: OperatorDoor;
let http: Server;
let sessions: Session[];
let responses: ServerResponse[];
const sockets: Socket[] = [];

beforeEach(async () => {
  small = createSmallHost(2 * streams, { idleTimeoutMs: 600_000 });
  const { gate, log } = small;
  host = small.host;
  const authenticator = { authenticate: async () => somebody, mayBeTold: () => true };
  door = new OperatorDoor({ host, gate, authenticator, log, changeEveryMs: 50, slowReaderMs: 400 });
  responses = [];
  http = createServer((request, response) => {
    responses.push(response);
    void door.handle(eventsPath, request, response);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  sessions = [];
  for (let i = 0; i < streams; i++) {
    const query = parseStreamQuery(new URLSearchParams('interim_results=false'));
    const admission = await host.admit({ transport: 'websocket', query, principal: somebody });
    sessions.push(host.open(admission, new MemoryTransport()));
  }
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  door.close();
  small.close();
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
});

const port = (): number => (http.address() as AddressInfo).port;

/** Blocks of events as they come. */
async function read(): Promise<{ readonly blocks: string[]; readonly response: IncomingMessage }> {
  const response = await new Promise<IncomingMessage>((resolve) =>
    get({ port: port(), path: eventsPath, agent: false }, resolve),
  );
  const blocks: string[] = [];
  let text = '';
  response.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    const found = text.split('\n\n');
    text = found.pop()!;
    blocks.push(...found);
  });
  response.on('error', () => {});
  sockets.push(response.socket);
  return { blocks, response };
}

interface Told {
  readonly streams: readonly { readonly id: string; readonly seconds: number }[];
  readonly ended: readonly string[];
}

const dataOf = (block: string): Told => JSON.parse(block.slice(block.indexOf('data: ') + 6)) as Told;

test('five hundred streams are told whole once, and then where they change', async () => {
  const { blocks } = await read();
  await expect.poll(() => blocks.length).toBeGreaterThan(0);
  const first = dataOf(blocks[0]!);
  expect(first.streams.map(({ id }) => id)).toEqual(sessions.map(({ id }) => id));
  await new Promise((resolve) => setTimeout(resolve, 200));
  // Nothing has changed.
  expect(blocks).toHaveLength(1);
  const told = () =>
    new Map(
      blocks
        .slice(1)
        .flatMap((block) => dataOf(block).streams)
        .map((each) => [each.id, each]),
    );
  for (const session of sessions.slice(0, 300)) session.receiveAudio(packet);
  await expect.poll(() => [...told().values()].filter(({ seconds }) => seconds === 0.2).length).toBe(300);
  expect(told().size).toBe(300);
  for (const session of sessions.slice(0, 250)) session.disconnected(1006);
  const ended = () => blocks.slice(1).flatMap((block) => dataOf(block).ended);
  await expect.poll(() => ended().length).toBe(250);
  expect(new Set(ended())).toEqual(new Set(sessions.slice(0, 250).map(({ id }) => id)));
});

test('who does not read is sent away and holds up neither the streams nor other readers', async () => {
  const deaf = connect(port(), '127.0.0.1');
  sockets.push(deaf);
  deaf.pause();
  deaf.write(`GET ${eventsPath} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  await expect.poll(() => responses.length).toBe(1);
  const [unread] = responses;
  const { blocks, response } = await read();
  let most = 0;
  let isOver = false;
  response.once('close', () => {
    isOver = true;
  });
  const sending = setInterval(() => {
    for (const session of sessions) session.receiveAudio(packet);
    most = Math.max(most, unread!.writableLength);
  }, 50);
  await expect.poll(() => unread!.writableEnded, { timeout: 30_000 }).toBe(true);
  const before = blocks.length;
  await expect.poll(() => blocks.length, { timeout: 10_000 }).toBeGreaterThan(before + 2);
  clearInterval(sending);
  expect(isOver).toBe(false);
  // What waits is at most one event, the whole included.
  expect(most).toBeLessThan(2 * blocks[0]!.length);
  expect(unread!.writableLength).toBeLessThan(2 * blocks[0]!.length);
  await expect.poll(() => unread!.destroyed, { timeout: 10_000 }).toBe(true);
});
