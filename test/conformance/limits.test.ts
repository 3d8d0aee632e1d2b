import { once } from 'node:events';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterEach, expect, test } from 'vitest';
import { metric, startServer } from '../support/server.ts';
import { bytesOf, seconds, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

let server: UndertoneServer;
const start = async (config: Partial<ServerConfig>): Promise<void> => {
  server = await startServer(config);
};
afterEach(() => server.close());

const bytes = bytesOf(speech('speech_happy_f', 'speech_sad_m'));
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test('a silent client is ended with idle_timeout and gets its summary', async () => {
  await start({ idleTimeoutMs: 200 });
  const client = await StreamClient.open(server.url);
  client.sendAudio(bytes.subarray(0, 32_000));
  expect(await client.closed).toEqual({ code: 4008, reason: 'idle_timeout' });
  expect(client.of('Error')).toMatchObject([{ code: 'idle_timeout', fatal: true }]);
  expect(client.messages.at(-1)).toMatchObject({ type: 'Summary', reason: 'idle_timeout', audio_s: 1 });
});

test('KeepAlive keeps a silent client', async () => {
  await start({ idleTimeoutMs: 400 });
  const client = await StreamClient.open(server.url);
  for (let i = 0; i < 10; i++) {
    await sleep(100);
    client.sendMessage({ type: 'KeepAlive' });
  }
  expect(await client.finish()).toMatchObject({ reason: 'client_close' });
});

test('a stream that is too long is ended with session_limit', async () => {
  await start({ maxSessionSeconds: 2, idleTimeoutMs: 400 });
  const client = await StreamClient.open(server.url);
  client.sendAudio(bytes.subarray(0, 96_000), 3200);
  expect(await client.closed).toEqual({ code: 4009, reason: 'session_limit' });
  expect(client.messages.at(-1)).toMatchObject({ type: 'Summary', reason: 'session_limit', audio_s: 3 });
});

test('where it says so, audio beyond the rate limit ends the stream', async () => {
  await start({ rateLimit: 1.25, rateBurstSeconds: 1, rateAction: 'end' });
  const client = await StreamClient.open(server.url);
  client.sendAudio(bytes.subarray(0, 96_000), 16_000);
  expect(await client.closed).toEqual({ code: 4029, reason: 'rate_limited' });
  expect(client.of('Error')).toMatchObject([{ code: 'rate_limited', fatal: true }]);
  expect(client.of('Summary')[0]).toMatchObject({ reason: 'error', audio_s: 1 });
});

test('on a busy server, audio beyond the rate limit is read more slowly and none of it is lost', async () => {
  await start({ rateLimit: 4, rateBurstSeconds: 1, rateFreeBelowLoad: 0, idleTimeoutMs: 300 });
  const client = await StreamClient.open(server.url);
  const startMs = performance.now();
  client.sendAudio(bytes, 32_000);
  expect(await client.finish()).toMatchObject({ audio_s: seconds(bytes), dropped_s: 0 });
  // 6.7 s beyond the burst, at four times the speed of speech; what comes after the last packet does not wait.
  expect(performance.now() - startMs).toBeGreaterThan(1000);
});

test('on a server with little to do, a file is taken as fast as it comes', async () => {
  await start({ rateLimit: 1.25, rateBurstSeconds: 0, rateFreeBelowLoad: 1 });
  const client = await StreamClient.open(server.url);
  const startMs = performance.now();
  client.sendAudio(bytes, 32_000);
  expect(await client.finish()).toMatchObject({ dropped_s: 0 });
  expect(performance.now() - startMs).toBeLessThan((1000 * bytes.length) / 32_000);
});

test('without a rate limit, a file as fast as it can be sent is slowed down and loses nothing', async () => {
  await start({ maxInboxBytes: 16_384, maxPendingMs: 500, rateLimit: 0 });
  const client = await StreamClient.open(server.url);
  const long = Buffer.concat(Array.from({ length: 12 }, () => bytes));
  client.sendAudio(long, 100_000);
  expect(await client.finish()).toMatchObject({ audio_s: seconds(long), dropped_s: 0 });
});

test('a stream beyond capacity is refused with overloaded and when to retry', async () => {
  await start({ maxSessions: 1 });
  const first = await StreamClient.open(server.url);
  const second = new StreamClient(server.url);
  const [, response] = await once(second.socket, 'unexpected-response');
  expect(response.statusCode).toBe(503);
  expect(response.headers['retry-after']).toBe('1');
  response.resume();
  expect(await metric(server, 'undertone_load_ratio')).toBe(1);
  await first.finish();
});

test('a peer that answers no ping is given up', async () => {
  await start({ pingIntervalMs: 100 });
  const client = new StreamClient(server.url);
  (client.socket as unknown as { _autoPong: boolean })._autoPong = false;
  expect((await client.closed).code).toBe(1006);
});
