import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { Recognizer } from './recognizer.ts';

// What browsers tell of their network and their pages, told here by hand; the waits between attempts are made so long that
// nothing but these events can end them. Real browsers are met in test/browser.
const page = new EventTarget();
const world = new EventTarget();
const navigation = { onLine: true };
let server: WebSocketServer;
let sockets: WebSocket[];
let connected: () => Promise<WebSocket>;

beforeEach(async () => {
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', world.addEventListener.bind(world));
  vi.stubGlobal('removeEventListener', world.removeEventListener.bind(world));
  vi.stubGlobal('navigator', navigation);
  vi.spyOn(Math, 'random').mockReturnValue(0.999);
  navigation.onLine = true;
  sockets = [];
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const waiting: ((socket: WebSocket) => void)[] = [];
  server.on('connection', (socket, request) => {
    sockets.push(socket);
    const isResumed = request.url?.includes('resume=true') === true;
    const begin = { type: 'Begin', protocol: 'undertone.v1', config: { checkpoints: true } };
    const send = (message: object): void =>
      socket.send(JSON.stringify({ session_id: 's', seq: 0, ...message }));
    socket.on('message', (data, isBinary) => {
      const text = isBinary ? '' : String(data);
      if (text.includes('Restore')) send({ ...begin, resumed: true, sample: 0 });
      if (!text.includes('CloseStream')) return;
      send({ type: 'Summary', reason: 'client_close', per_channel: [] });
      socket.close(1000);
    });
    if (!isResumed) {
      send(begin);
      send({ type: 'Checkpoint', time: 0, sample: 0, checkpoint: 'c' });
    }
    waiting.shift()?.(socket);
  });
  await once(server, 'listening');
  connected = () => new Promise((resolve) => waiting.push(resolve));
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  for (const socket of server.clients) socket.terminate();
  server.close();
});

async function open(host = '127.0.0.1'): Promise<Recognizer> {
  const url = `ws://${host}:${(server.address() as AddressInfo).port}`;
  const never = 2_000_000_000;
  const reconnect = { firstDelayMs: never, maxDelayMs: never, giveUpAfterMs: 2_100_000_000 };
  const recognizer = new Recognizer({ url, reconnect });
  await recognizer.opened;
  // The checkpoint comes right behind.
  await new Promise((resolve) => setTimeout(resolve, 20));
  return recognizer;
}

const event = (recognizer: Recognizer, name: 'reconnecting' | 'reconnected'): Promise<void> =>
  new Promise((resolve) => recognizer.on(name, () => resolve()));

it('the network being back ends the wait for the next attempt', async () => {
  const recognizer = await open();
  const lost = event(recognizer, 'reconnecting');
  const back = event(recognizer, 'reconnected');
  sockets[0]!.terminate();
  await lost;
  world.dispatchEvent(new Event('online'));
  await back;
  expect(await recognizer.close()).toMatchObject({ type: 'Summary' });
});

it('a page that is frozen leaves its connection, and takes the stream up when it goes on', async () => {
  const recognizer = await open();
  const why: string[] = [];
  recognizer.on('reconnecting', ({ message }) => why.push(message));
  const gone = once(sockets[0]!, 'close');
  page.dispatchEvent(new Event('freeze'));
  await gone;
  expect(why[0]).toMatch(/ended with the page being frozen/);
  const back = event(recognizer, 'reconnected');
  page.dispatchEvent(new Event('resume'));
  await back;
  await recognizer.close();
});

it('a machine that slept takes the stream up anew, whatever has come in the meantime', async () => {
  const recognizer = await open();
  const messages: string[] = [];
  recognizer.on('message', ({ type }) => messages.push(type));
  const back = event(recognizer, 'reconnected');
  const now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => now + 60_000);
  const text = { type: 'Summary', session_id: 's', seq: 1, reason: 'idle_timeout', per_channel: [] };
  sockets[0]!.send(JSON.stringify(text));
  await back;
  expect(messages).toEqual([]);
  await recognizer.close();
});

it('what listened to the page listens no more when the stream is over', async () => {
  const recognizer = await open();
  await recognizer.close();
  const attempt = connected();
  for (const name of ['freeze', 'resume']) page.dispatchEvent(new Event(name));
  world.dispatchEvent(new Event('online'));
  const none = new Promise((resolve) => setTimeout(() => resolve('none'), 30));
  expect(await Promise.race([attempt, none])).toBe('none');
});
