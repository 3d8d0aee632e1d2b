/** `POST /v1/analyze` in what it refuses, and with clients that misbehave. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterEach, describe, expect, test } from 'vitest';
import { analyze, messagesOf, wavOf } from '../support/analyze-client.ts';
import { metric, startServer } from '../support/server.ts';
import { bytesOf, seconds, speech } from '../support/speech.ts';

let server: UndertoneServer;
afterEach(() => server.close());
const start = async (config: Partial<ServerConfig> = {}): Promise<void> => {
  server = await startServer({ rateLimit: 0, shutdownGraceMs: 1000, ...config });
};

const samples = speech('speech_happy_f', 'speech_sad_m');
const wav = wavOf(samples);
const active = (): Promise<number> => metric(server, 'undertone_sessions_active');

async function refusal(answer: Promise<Response>): Promise<[number, string]> {
  const response = await answer;
  const { code } = (await response.json()) as { code: string };
  return [response.status, code];
}

describe('a file', () => {
  test('is refused with the status of its error when it is none, cut off, or in a format that is not read', async () => {
    await start();
    expect(await refusal(analyze(server, 'not a wav file at all'))).toEqual([400, 'bad_wav']);
    expect(await refusal(analyze(server, ''))).toEqual([400, 'bad_wav']);
    expect(await refusal(analyze(server, wav.slice(0, 100_000)))).toEqual([400, 'bad_wav']);
    expect(await refusal(analyze(server, wavOf(samples, 96_000)))).toEqual([415, 'unsupported_format']);
    expect(await refusal(analyze(server, wavOf(samples, 16_000, 3)))).toEqual([415, 'unsupported_format']);
    expect(await refusal(analyze(server, wav, 'sample_rate=8000'))).toEqual([400, 'bad_parameter']);
    expect(await refusal(analyze(server, wav, 'interval_ms=1'))).toEqual([400, 'bad_parameter']);
    expect(await refusal(analyze(server, wav, 'ack=true'))).toEqual([400, 'bad_parameter']);
    expect(await refusal(analyze(server, wav, 'model=none'))).toEqual([404, 'unknown_model']);
    expect(await metric(server, 'undertone_errors_total{code="bad_wav"}')).toBe(3);
    expect(await active()).toBe(0);
  });

  test('of float samples that are no numbers is refused with bad_audio', async () => {
    await start();
    const floats = new Float32Array(40_000).fill(Number.NaN);
    const answer = analyze(server, new Uint8Array(floats.buffer), 'encoding=float32');
    expect(await refusal(answer)).toEqual([400, 'bad_audio']);
  });

  test('that is too large or too long is refused, whether it says so or not', async () => {
    await start({ maxAnalyzeBytes: 100_000, maxAnalyzeSeconds: 2 });
    expect(await refusal(analyze(server, wav))).toEqual([413, 'message_too_large']);
    const chunked = new ReadableStream({
      start: (controller) => {
        controller.enqueue(wav);
        controller.close();
      },
    });
    expect(await refusal(analyze(server, chunked))).toEqual([413, 'message_too_large']);
    const short = wavOf(samples.subarray(0, 48_000));
    expect(await refusal(analyze(server, short))).toEqual([413, 'message_too_large']);
    const [begin] = await messagesOf(await analyze(server, wavOf(samples.subarray(0, 16_000))));
    expect(begin!.type).toBe('Begin');
  });

  test('of a writer that could not say its length is heard to its end', async () => {
    await start();
    const open = wav.slice();
    new DataView(open.buffer).setUint32(40, 0xffffffff, true);
    const summary = (await messagesOf(await analyze(server, open))).at(-1);
    expect(summary).toMatchObject({ type: 'Summary', audio_s: seconds(bytesOf(samples)) });
  });

  test('as lines ends with the error where there is one', async () => {
    await start();
    const answer = await analyze(server, wav.slice(0, 100_000), '', { Accept: 'application/x-ndjson' });
    const lines = (await answer.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ type: 'Begin' });
    expect(lines.filter(({ type }) => type === 'Error')).toMatchObject([{ code: 'bad_wav', fatal: true }]);
    expect(lines.at(-1)).toMatchObject({ type: 'Summary', reason: 'error' });
  });

  test('is refused with 503 by a full server', async () => {
    await start({ maxSessions: 1 });
    const first = half();
    await expect.poll(active).toBe(1);
    const response = await analyze(server, wav);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    first.destroy();
    await expect.poll(active).toBe(0);
    expect((await analyze(server, wav)).status).toBe(200);
  });
});

/** Sends half a file and stays. */
function half(headers: Record<string, string> = {}) {
  const call = request(`http://127.0.0.1:${server.port}/v1/analyze`, {
    method: 'POST',
    headers: { 'Content-Length': wav.length, ...headers },
  });
  call.on('error', () => {});
  call.write(wav.subarray(0, wav.length / 2));
  return call;
}

/** Speaks HTTP by hand. */
async function raw(...texts: (string | Uint8Array)[]): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  for (const text of texts) socket.write(text);
  return socket;
}

describe('a client', () => {
  test('that goes away in the middle of its file stops the work', async () => {
    await start();
    const call = half();
    await expect.poll(active).toBe(1);
    call.destroy();
    await expect.poll(active).toBe(0);
    expect(await metric(server, 'undertone_sessions_total{transport="http",outcome="lost"}')).toBe(1);
  });

  test('that stops sending is ended with idle_timeout', async () => {
    await start({ idleTimeoutMs: 300 });
    const [response] = await once(half(), 'response');
    expect(response.statusCode).toBe(408);
    response.resume();
    await expect.poll(active).toBe(0);
  });

  test('that announces a file and sends none is not waited for', async () => {
    await start({ idleTimeoutMs: 200 });
    const socket = await raw('POST /v1/analyze HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
    await once(socket, 'close');
  });

  test('that sends its header byte by byte is not waited for', async () => {
    await start({ idleTimeoutMs: 200 });
    const socket = await raw('POST /v1/analyze HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n');
    const trickle = setInterval(() => socket.write('R'), 50);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    clearInterval(trickle);
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 40[08] /);
    socket.destroy();
  });
});

test('at a shutdown a file that is still being sent is refused with going_away', async () => {
  await start();
  const answered = once(half(), 'response');
  await expect.poll(active).toBe(1);
  const closed = server.close();
  const [response] = (await answered) as [IncomingMessage];
  expect(response.statusCode).toBe(503);
  response.resume();
  await closed;
});

test('what follows a request in the same breath and is none ends the connection without harm', async () => {
  await start();
  const socket = await raw('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01garbage\r\n\r\n');
  let text = '';
  socket.on('data', (data) => {
    text += data.toString();
  });
  await once(socket, 'close');
  expect(text).toMatch(/^HTTP\/1\.1 200 /);
  expect((await analyze(server, wav)).status).toBe(200);
});
