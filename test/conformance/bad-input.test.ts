import { once } from 'node:events';
import { connect } from 'node:net';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { get, metric, startServer } from '../support/server.ts';
import { bytesOf, seconds, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

const bytes = bytesOf(speech('speech_happy_f'));

describe('bad input', () => {
  let server: UndertoneServer;
  /** A stream that goes on while another one misbehaves. */
  let bystander: StreamClient;

  beforeAll(async () => {
    server = await startServer({ maxFrameBytes: 65_536 });
  });
  beforeEach(async () => {
    bystander = await StreamClient.open(server.url);
    bystander.sendAudio(bytes.subarray(0, 64_000), 3200);
    return async () => {
      bystander.sendAudio(bytes.subarray(64_000), 3200);
      const summary = await bystander.finish();
      expect(summary).toMatchObject({ reason: 'client_close', audio_s: seconds(bytes), dropped_s: 0 });
      expect(bystander.of('Error')).toEqual([]);
    };
  });
  afterAll(() => server.close());

  async function refusedUpgrade(query: string): Promise<{ status: number; body: unknown }> {
    const client = new StreamClient(`${server.url}?${query}`);
    const [, response] = await once(client.socket, 'unexpected-response');
    let body = '';
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, body: JSON.parse(body) };
  }

  test.each([
    ['encoding=opus', 400, 'bad_parameter', 'linear16, float32, mulaw, alaw; got "opus"'],
    ['sample_rate=4000', 400, 'bad_parameter', '8000 to 48000; got "4000"'],
    ['sample_rate=fast', 400, 'bad_parameter', 'got "fast"'],
    ['channels=3', 400, 'bad_parameter', '1 to 2; got "3"'],
    ['model=other', 404, 'unknown_model', 'got "other"'],
    ['channels=2&analyze=agent', 403, 'role_not_allowed', '--allow-role agent'],
  ])('%s is refused before the upgrade with HTTP %i', async (query, status, code, part) => {
    const refusal = await refusedUpgrade(query);
    expect(refusal).toMatchObject({ status, body: { type: 'Error', code, fatal: true } });
    expect((refusal.body as { message: string }).message).toContain(part);
  });

  test('another path is refused with 404', async () => {
    const client = new StreamClient(server.url.replace('/v1/stream', '/v2/stream'));
    const [, response] = await once(client.socket, 'unexpected-response');
    expect(response.statusCode).toBe(404);
    response.resume();
  });

  test('a request target that is no address is refused as well', async () => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET // HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const [data] = await once(socket, 'data');
    expect(String(data)).toMatch(/^HTTP\/1\.1 404 /);
  });

  test('a sample cut off at the end is reported, and the rest is summed up', async () => {
    const client = await StreamClient.open(server.url);
    client.sendAudio(bytes.subarray(0, 32_001), 999);
    const summary = await client.finish();
    expect(client.of('Error')).toMatchObject([{ code: 'bad_audio', fatal: false }]);
    expect(client.of('Error')[0]!.message).toContain('1 bytes are left over');
    expect(summary).toMatchObject({ audio_s: 1, reason: 'client_close' });
    expect(await client.closed).toEqual({ code: 1000, reason: 'ok' });
  });

  test('a float that is not a number ends the stream with bad_audio', async () => {
    const client = await StreamClient.open(server.url, 'encoding=float32');
    const floats = new Float32Array(16_000);
    floats[8000] = Number.NaN;
    client.sendAudio(new Uint8Array(floats.buffer), 6400);
    expect(await client.closed).toEqual({ code: 4000, reason: 'bad_audio' });
    expect(client.of('Error')).toMatchObject([{ code: 'bad_audio', fatal: true }]);
    const [summary] = client.of('Summary');
    expect(summary).toMatchObject({ reason: 'error' });
    expect(summary!.dropped_s).toBeGreaterThan(0);
  });

  test.each([
    ['text that is not JSON', 'hello', 'not JSON'],
    ['an unknown message type', '{"type":"Dance"}', 'got "Dance"'],
    ['audio as base64 in JSON', '{"event":"media"}', 'with a type'],
  ])('%s ends the stream with bad_message', async (_, text, part) => {
    const client = await StreamClient.open(server.url);
    client.sendAudio(bytes.subarray(0, 32_000), 3200);
    client.sendMessage(text);
    expect(await client.closed).toEqual({ code: 4002, reason: 'bad_message' });
    const [error] = client.of('Error');
    expect(error).toMatchObject({ code: 'bad_message', fatal: true });
    expect(error!.message).toContain(part);
    expect(client.messages.at(-1)).toMatchObject({ type: 'Summary', reason: 'error', audio_s: 1 });
  });

  test('a frame over the limit ends the stream with message_too_large', async () => {
    const client = await StreamClient.open(server.url);
    client.socket.send(new Uint8Array(65_537));
    expect(await client.closed).toEqual({ code: 1009, reason: 'message_too_large' });
    expect(client.of('Error')).toMatchObject([{ code: 'message_too_large', fatal: true }]);
    expect(client.of('Error')[0]!.message).toContain('65536');
  });

  test('audio after CloseStream is refused by name, and what came before is summed up', async () => {
    const client = await StreamClient.open(server.url);
    client.sendAudio(bytes.subarray(0, 64_000));
    client.sendMessage({ type: 'CloseStream' });
    client.sendAudio(bytes.subarray(64_000, 64_640));
    expect(await client.closed).toEqual({ code: 4002, reason: 'audio_after_close' });
    expect(client.of('Error')).toMatchObject([{ code: 'audio_after_close', fatal: true }]);
    expect(client.messages.at(-1)).toMatchObject({
      type: 'Summary',
      reason: 'error',
      audio_s: 2,
      dropped_s: 0.02,
    });
  });

  test('a client that vanishes in the middle of a frame leaves nothing behind', async () => {
    const lost = 'undertone_sessions_total{transport="websocket",outcome="lost"}';
    const before = await metric(server, lost);
    const socket = connect(server.port, '127.0.0.1');
    socket.write(
      'GET /v1/stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await once(socket, 'data');
    // A masked binary frame that promises 1000 bytes and brings 4.
    socket.write(Uint8Array.of(0x82, 0xfe, 0x03, 0xe8, 0, 0, 0, 0, 1, 2, 3, 4));
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    await expect.poll(() => metric(server, lost)).toBe(before + 1);
    expect(await metric(server, 'undertone_sessions_active')).toBe(1);
  });

  test('is counted by code', async () => {
    expect(await metric(server, 'undertone_errors_total{code="bad_message"}')).toBeGreaterThanOrEqual(3);
    expect(await metric(server, 'undertone_errors_total{code="bad_parameter"}')).toBeGreaterThanOrEqual(4);
    expect(await metric(server, 'undertone_close_total{code="4002"}')).toBeGreaterThanOrEqual(4);
  });

  test('plain HTTP to the stream is told to upgrade, an unknown path is not found', async () => {
    for (const path of ['/v1/stream', '/v1/listen']) {
      const plain = await get(server, path);
      expect([plain.status, plain.headers.get('upgrade')]).toEqual([426, 'websocket']);
      expect(await plain.json()).toMatchObject({
        type: 'Error',
        code: 'bad_message',
        message: expect.stringContaining(path),
      });
    }
    const response = await get(server, '/nothing');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'not_found' });
  });
});
