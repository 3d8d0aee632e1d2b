/** Clients of WebSocket that misbehave, each with what becomes of it and of the others. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { encodeClientMessage, protobufSubprotocol } from '@undertone/proto/protobuf';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { differences } from '../support/differences.ts';
import { metric, startServer } from '../support/server.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { comparable, StreamClient } from '../support/stream-client.ts';

let server: UndertoneServer;
afterEach(() => server.close());
const start = async (config: Partial<ServerConfig> = {}): Promise<void> => {
  server = await startServer({ rateLimit: 0, shutdownGraceMs: 500, ...config });
};

const audio = bytesOf(speech('speech_happy_f', 'speech_sad_m'));
const active = (): Promise<number> => metric(server, 'undertone_sessions_active');

async function play(bytes: Uint8Array, packetBytes: number): Promise<StreamClient> {
  const client = await StreamClient.open(server.url);
  client.sendAudio(bytes, packetBytes);
  await client.finish();
  return client;
}

describe('a stream', () => {
  test('in 200,000 frames of one byte gives the events of the same audio in one', async () => {
    await start();
    const bytes = audio.subarray(0, 200_000);
    const [tiny, whole] = [await play(bytes, 1), await play(bytes, bytes.length)];
    expect(differences(comparable(tiny.messages), comparable(whole.messages), 1e-4)).toEqual([]);
    expect(tiny.of('Summary')[0]).toMatchObject({ dropped_s: 0, audio_s: 6.25 });
  });

  test('that never reads is ended with slow_client while others go on', async () => {
    await start({ slowClientBytes: 65_536, idleTimeoutMs: 60_000 });
    const other = await StreamClient.open(server.url);
    const metadata = Array.from({ length: 8 }, (_, i) => `metadata.${i}=${'x'.repeat(250)}`).join('&');
    const silent = await StreamClient.open(server.url, metadata);
    silent.socket.pause();
    // Each is answered by the whole configuration: megabytes that the system takes, and then no more.
    const slowClients = (): Promise<number> => metric(server, 'undertone_slow_clients_total');
    const configure = setInterval(() => {
      for (let n = 0; n < 100; n++) silent.sendMessage({ type: 'Configure', interval_ms: 500 });
    }, 100);
    await expect.poll(slowClients, { timeout: 50_000, interval: 200 }).toBe(1);
    clearInterval(configure);
    await expect.poll(active).toBe(1);
    other.sendAudio(audio, 3200);
    expect(await other.finish()).toMatchObject({ reason: 'client_close', dropped_s: 0 });
    silent.socket.resume();
    expect((await silent.closed).reason).toMatch(/slow_client|^$/);
  });

  test('goes on when the clock of the machine jumps', async () => {
    await start({ idleTimeoutMs: 1000, maxSessionSeconds: 60 });
    const expected = await play(audio, 3200);
    const client = await StreamClient.open(server.url);
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const half = audio.length / 2;
      client.sendAudio(audio.subarray(0, half), 3200);
      await expect.poll(() => client.of('Emotion').length).toBeGreaterThan(0);
      vi.setSystemTime(Date.now() + 86_400_000);
      await new Promise((resolve) => setTimeout(resolve, 300));
      vi.setSystemTime(0);
      client.sendAudio(audio.subarray(half), 3200);
      await client.finish();
    } finally {
      vi.useRealTimers();
    }
    expect(differences(comparable(client.messages), comparable(expected.messages), 1e-4)).toEqual([]);
    for (const { latency_ms } of client.of('Emotion')) expect(latency_ms).toBeLessThan(60_000);
  });
});

describe('the protobuf subprotocol', () => {
  async function ending(...frames: (string | Uint8Array)[]): Promise<[number, string]> {
    const socket = new WebSocket(server.url, [protobufSubprotocol]);
    await once(socket, 'open');
    expect(socket.protocol).toBe(protobufSubprotocol);
    for (const frame of frames) socket.send(frame);
    const [code, reason] = (await once(socket, 'close')) as [number, Buffer];
    return [code, reason.toString()];
  }

  test('ends a stream over a text frame, a frame that is no message, and a configuration', async () => {
    await start();
    expect(await ending('{"type":"CloseStream"}')).toEqual([4002, 'bad_message']);
    expect(await ending(Buffer.from('ffffffff', 'hex'))).toEqual([4002, 'bad_message']);
    expect(await ending(encodeClientMessage({ type: 'Config', config: {} }))).toEqual([4002, 'bad_message']);
    expect(await metric(server, 'undertone_errors_total{code="bad_message"}')).toBe(3);
    expect(await active()).toBe(0);
  });
});

test('a subprotocol that there is not is not answered, and its stream leaves nothing behind', async () => {
  await start();
  const client = new StreamClient(server.url, ['undertone.v9']);
  const [error] = (await once(client.socket, 'error')) as [Error];
  expect(error.message).toBe('Server sent no subprotocol');
  await expect.poll(active).toBe(0);
});

test('an upgrade that comes byte by byte is cut, and nobody waits for it', async () => {
  await start();
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {});
  let text = '';
  socket.on('data', (data) => {
    text += data.toString();
  });
  const head = `GET /v1/stream HTTP/1.1\r\nHost: x\r\nX-Padding: ${'x'.repeat(1000)}`;
  let sent = 0;
  const trickle = setInterval(() => socket.write(head[sent++ % head.length]!), 200);
  expect((await play(audio, 32_000)).of('Summary')).toHaveLength(1);
  await once(socket, 'close');
  clearInterval(trickle);
  expect(text).toContain('408 Request Timeout');
});
