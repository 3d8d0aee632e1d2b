/** Deepgram's own SDK, and clients written for its live API, against this server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeepgramClient } from '@deepgram/sdk';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { hashApiKey, newApiKey } from '../../server/src/auth/api-key.ts';
import { formatKeyFile } from '../../server/src/auth/key-file.ts';
import { startServer } from '../support/server.ts';
import { bytesOf, interleave, seconds, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

/** What such clients read of a message. */
interface Message {
  readonly type: string;
  readonly is_final?: boolean;
  readonly speech_final?: boolean;
  readonly from_finalize?: boolean;
  readonly channel_index?: readonly number[];
  readonly start?: number;
  readonly duration?: number;
  readonly channel?: { readonly alternatives: readonly { readonly transcript: string }[] };
  readonly emotion?: { readonly label: string | null; readonly start: number; readonly end: number };
}

const folder = mkdtempSync(join(tmpdir(), 'undertone-deepgram-'));
const key = newApiKey();
const mono = bytesOf(speech('speech_happy_f', 'speech_sad_m'));
let server: UndertoneServer;
let base: string;
beforeAll(async () => {
  const keysFile = join(folder, 'keys.json');
  writeFileSync(keysFile, formatKeyFile([{ id: 'team', sha256: hashApiKey(key) }]));
  server = await startServer({ keysFile, allowUnknownRole: 'yes', rateLimit: 0, idleTimeoutMs: 1500 });
  base = `ws://127.0.0.1:${server.port}`;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe("Deepgram's SDK", () => {
  test('streams with its own message code: interims, finals, speech, and metadata at the end', async () => {
    const client = new DeepgramClient({
      apiKey: key,
      environment: { base, production: base, agent: base, agentRest: base },
    });
    const connection = await client.listen.v1.connect({
      model: 'nova-3',
      language: 'en',
      punctuate: 'true',
      smart_format: 'true',
      encoding: 'linear16',
      sample_rate: 16_000,
      interim_results: 'true',
      endpointing: 300,
      vad_events: 'true',
      utterance_end_ms: 1000,
      Authorization: `Token ${key}`,
      reconnectAttempts: 0,
    } as never);
    const messages: Message[] = [];
    const closed = new Promise<number>((resolve) => {
      connection.on('close', (event) => resolve(event.code));
    });
    connection.on('message', (message) => messages.push(message as Message));
    connection.connect();
    await connection.waitForOpen();
    for (let at = 0; at < mono.length; at += 3200) connection.sendMedia(mono.subarray(at, at + 3200));
    connection.sendKeepAlive({ type: 'KeepAlive' });
    connection.sendFinalize({ type: 'Finalize' });
    connection.sendCloseStream({ type: 'CloseStream' });
    expect(await closed).toBe(1000);

    // The code of its guides: what is final, which channel, from when to when.
    const results = messages.filter(({ type }) => type === 'Results');
    const finals = results.filter(({ is_final }) => is_final);
    expect(finals.length).toBeGreaterThanOrEqual(2);
    expect(results.length).toBeGreaterThan(finals.length);
    for (const { channel_index, start, duration, channel, emotion, is_final, speech_final } of results) {
      expect(channel_index).toEqual([0, 1]);
      expect(start! + duration!).toBeCloseTo(emotion!.end, 3);
      expect(channel!.alternatives[0]!.transcript).toBe('');
      if (speech_final) expect(is_final).toBe(true);
    }
    expect(messages.filter(({ type }) => type === 'SpeechStarted')).toHaveLength(finals.length);
    expect(messages.filter(({ type }) => type === 'UtteranceEnd')).toHaveLength(finals.length);
    expect(messages.at(-1)).toMatchObject({
      type: 'Metadata',
      channels: 1,
      duration: seconds(mono),
      summary: { type: 'Summary', reason: 'client_close' },
    });
  });
});

/** A client that knows nothing but the documentation. */
async function listen(query: string, protocols: string[], ...frames: (Uint8Array | string)[]) {
  const socket = new WebSocket(`${base}/v1/listen?${query}`, protocols);
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(data.toString()) as Message));
  socket.on('open', () => {
    for (const frame of frames) socket.send(frame);
  });
  return new Promise<{ messages: Message[]; code: number; reason: string; protocol: string }>(
    (resolve, reject) => {
      socket.on('error', reject);
      socket.on('close', (code, reason) =>
        resolve({ messages, code, reason: reason.toString(), protocol: socket.protocol }),
      );
    },
  );
}

const close = JSON.stringify({ type: 'CloseStream' });

describe('a client of /v1/listen', () => {
  test('has finals only unless it asks for more, and the events of a stream', async () => {
    const { messages, code, protocol } = await listen('', ['token', key], mono, close);
    expect([code, protocol]).toEqual([1000, 'token']);
    expect(new Set(messages.map(({ type }) => type))).toEqual(new Set(['Results', 'Metadata']));
    const stream = await StreamClient.open(server.url, 'interim_results=false', ['token', key]);
    stream.sendAudio(mono);
    await stream.finish();
    expect(messages.filter(({ type }) => type === 'Results').map(({ emotion }) => emotion!.label)).toEqual(
      stream.of('Emotion').map(({ label }) => label),
    );
  });

  test('sees the channel of each result', async () => {
    const stereo = bytesOf(interleave(speech('speech_happy_f'), speech('speech_sad_m')));
    const { messages } = await listen('channels=2&multichannel=true', ['token', key], stereo, close);
    const results = messages.filter(({ type }) => type === 'Results');
    expect(results.length).toBeGreaterThan(0);
    for (const { channel_index } of results) expect(channel_index).toEqual([0, 2]);
  });

  test('gets its final at once when it says Finalize', async () => {
    const half = mono.subarray(0, 70_400);
    const { messages } = await listen('', ['token', key], half, '{"type":"Finalize"}', close);
    const [first] = messages.filter(({ type }) => type === 'Results');
    expect(first).toMatchObject({ is_final: true, speech_final: false, from_finalize: true });
  });

  test('that falls silent is told so and closed as Deepgram closes', async () => {
    const { messages, code, reason } = await listen('', ['token', key], mono.subarray(0, 3200));
    expect([code, reason]).toEqual([1011, 'NET-0001']);
    expect(messages.find(({ type }) => type === 'Error')).toMatchObject({ variant: 'idle_timeout' });
  });

  test('without a key, or with an encoding that is not read, is refused before the upgrade', async () => {
    await expect(listen('', [])).rejects.toThrowError('401');
    await expect(listen('encoding=opus', ['token', key])).rejects.toThrowError('400');
    await expect(listen('endpointing=soon', ['token', key])).rejects.toThrowError('400');
  });
});
