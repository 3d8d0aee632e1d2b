import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServerMessage } from '@undertone/proto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AnalyzeAnswer } from './analyze-answer.ts';

let server: Server;
let answer: AnalyzeAnswer;
let response: IncomingMessage;

/** Opens an answer of lines, or of one object, whose client has not read anything yet. */
async function open(isLines: boolean): Promise<void> {
  server = createServer((_, out) => {
    answer = new AnalyzeAnswer(out, isLines);
    answer.send(message('Begin'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function message(type: string, more: object = {}): ServerMessage {
  return { type, session_id: 'x', seq: 0, ...more } as unknown as ServerMessage;
}

const ask = () => get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', agent: false });

async function textOf(from: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of from) text += chunk;
  return text;
}

beforeEach(() => open(true));
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** More than the system takes for a client that does not read. */
function fill(): void {
  for (let i = 0; i < 200; i++) answer.send(message('Warning', { message: 'x'.repeat(100_000) }));
}

const settled = (promise: Promise<void>): Promise<boolean> =>
  Promise.race([
    promise.then(() => true),
    new Promise<boolean>((resolve) => setTimeout(resolve, 100, false)),
  ]);

test('a client that does not read holds up its file, until it reads', async () => {
  [response] = (await once(ask(), 'response')) as [IncomingMessage];
  expect(await settled(answer.readable())).toBe(true);
  fill();
  const readable = answer.readable();
  expect(await settled(readable)).toBe(false);
  response.resume();
  await readable;
  answer.close(1000, 'ok');
  await once(response, 'end');
});

test('a client that goes away holds up nothing', async () => {
  [response] = (await once(ask(), 'response')) as [IncomingMessage];
  fill();
  const readable = answer.readable();
  response.destroy();
  await readable;
  expect(answer.isOver).toBe(true);
  answer.send(message('Warning'));
  answer.close(1000, 'ok');
});

test('a session that takes no more holds up its file', async () => {
  [response] = (await once(ask(), 'response')) as [IncomingMessage];
  answer.pause();
  const readable = answer.readable();
  expect(await settled(readable)).toBe(false);
  answer.resume();
  await readable;
});

test('an object that has grown large goes out as it grows, with the error inside', async () => {
  server.close();
  await open(false);
  const asked = ask();
  const arrived = once(asked, 'response');
  await once(server, 'request');
  fill();
  [response] = (await arrived) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  const text = textOf(response);
  answer.send(message('Error', { code: 'bad_wav', message: 'cut off', fatal: true }));
  answer.send(message('Summary', { reason: 'error' }));
  answer.close(4000, 'bad_wav');
  const { begin, events, error, summary } = JSON.parse(await text);
  expect([begin.type, events.length, error.code, summary.reason]).toEqual(['Begin', 200, 'bad_wav', 'error']);
});

test('a small object that ends in an error is its refusal', async () => {
  server.close();
  await open(false);
  const arrived = once(ask(), 'response');
  await once(server, 'request');
  answer.send(message('Error', { code: 'bad_wav', message: 'cut off', fatal: true }));
  answer.send(message('Summary', { reason: 'error' }));
  answer.close(4000, 'bad_wav');
  [response] = (await arrived) as [IncomingMessage];
  expect(response.statusCode).toBe(400);
  expect(JSON.parse(await textOf(response))).toMatchObject({ code: 'bad_wav', message: 'cut off' });
});
