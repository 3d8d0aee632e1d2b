import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UrlSource } from './url-source.ts';

let server: Server;
let base: string;
let answer: RequestListener;
const asked: string[] = [];
beforeEach(async () => {
  asked.length = 0;
  answer = (_request, response) => response.end(Buffer.alloc(5000));
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function read(
  address: string,
  signal = new AbortController().signal,
  maxBytes = 10_000,
): Promise<number> {
  let bytes = 0;
  for await (const piece of new UrlSource([`${base}/calls`], maxBytes).read(address, signal))
    bytes += piece.length;
  return bytes;
}

test('what is below an address of the list is read, with the signature in its query', async () => {
  expect(await read(`${base}/calls/2024/a.wav?X-Signature=abc`)).toBe(5000);
  expect(asked).toEqual(['/calls/2024/a.wav?X-Signature=abc']);
});

test('nothing else is even asked for', async () => {
  const { host } = new URL(base);
  const others = [
    `${base}/other.wav`,
    `${base}/calls`,
    `${base}/calls-of-others/a.wav`,
    `${base}/calls/../secret`,
    `${base}/calls/%2e%2e/secret`,
    `${base}/calls/..%2fsecret`,
    `${base}/calls/..%5Csecret`,
    `http://user:word@${host}/calls/a.wav`,
    `http://localhost:${new URL(base).port}/calls/a.wav`,
    `https://${host}/calls/a.wav`,
    `http://169.254.169.254/calls/a.wav`,
    'http://',
  ];
  for (const address of others)
    await expect(read(address), address).rejects.toMatchObject({ code: 'forbidden' });
  expect(asked).toEqual([]);
});

test('the refusal repeats no query, where signatures are', async () => {
  await expect(read('http://elsewhere/a?sig=secret')).rejects.not.toMatchObject({
    message: expect.stringContaining('secret'),
  });
});

test('redirects are not followed', async () => {
  answer = (_request, response) => response.writeHead(302, { location: `${base}/secret` }).end();
  await expect(read(`${base}/calls/a.wav`)).rejects.toMatchObject({ code: 'forbidden' });
  expect(asked).toHaveLength(1);
});

test.each([
  [404, 'file_not_found'],
  [403, 'forbidden'],
  [429, 'connection_failed'],
  [503, 'connection_failed'],
])('an answer of %i is %s', async (status, code) => {
  answer = (_request, response) => response.writeHead(status).end('no');
  await expect(read(`${base}/calls/a.wav`)).rejects.toMatchObject({ code });
});

test('what is too large is refused, whether it says so or not', async () => {
  await expect(read(`${base}/calls/a.wav`, undefined, 4999)).rejects.toMatchObject({
    code: 'message_too_large',
  });
  answer = (_request, response) => {
    response.write(Buffer.alloc(3000));
    response.end(Buffer.alloc(3000));
  };
  await expect(read(`${base}/calls/a.wav`, undefined, 4999)).rejects.toMatchObject({
    code: 'message_too_large',
  });
});

test('one that stops in the middle, or is cut off, may be better later', async () => {
  answer = (_request, response) => void response.writeHead(200, { 'content-length': 5000 }).write('RIFF');
  const late = read(`${base}/calls/a.wav`, AbortSignal.timeout(100));
  await expect(late).rejects.toMatchObject({ code: 'connection_failed' });
  answer = (_request, response) => {
    response.writeHead(200, { 'content-length': 5000 }).write('RIFF');
    setTimeout(() => response.destroy(), 20);
  };
  await expect(read(`${base}/calls/a.wav`)).rejects.toMatchObject({ code: 'connection_failed' });
});
