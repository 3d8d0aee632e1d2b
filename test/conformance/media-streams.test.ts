import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerMessage } from '@undertone/proto';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  MediaStreamCaller,
  type Piece,
  pieces,
  streamSid,
  telephoneSpeech,
} from '../support/media-stream-caller.ts';
import { metric, startServer } from '../support/server.ts';
import { results as alike, sinkResults } from '../support/sink-results.ts';
import { bytesOf, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

const customer = telephoneSpeech('speech_angry_f', 'speech_sad_m');
const agent = telephoneSpeech('speech_calm_m', 'speech_happy_f');

let folder: string;
let server: UndertoneServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-calls-'));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function start(config: Partial<ServerConfig> = {}): Promise<string> {
  server = await startServer({ rateLimit: 0, sinkFile: join(folder, 'results.jsonl'), ...config });
  return server.url.replace('/v1/stream', '');
}

const results = (): Promise<ServerMessage[]> => sinkResults(join(folder, 'results.jsonl'));

/** The same audio over `/v1/stream`. */
async function streamed(parameters: string, ...script: (Uint8Array | object)[]): Promise<ServerMessage[]> {
  const query = new URLSearchParams(parameters);
  if (!query.has('encoding')) query.set('encoding', 'mulaw');
  const client = await StreamClient.open(server.url, query.toString());
  for (const item of script) {
    if (item instanceof Uint8Array) client.sendAudio(item, 4000);
    else client.sendMessage(item);
  }
  await client.finish();
  return client.messages;
}

const byTime = (all: readonly Piece[]): Piece[] =>
  [...all].sort((a, b) => a.timestampMs - b.timestampMs || a.track.localeCompare(b.track));

async function call(
  url: string,
  all: readonly Piece[],
  parameters: Record<string, string> = {},
): Promise<MediaStreamCaller> {
  const caller = await MediaStreamCaller.connect(`${url}/v1/twilio`);
  caller.start(['inbound', 'outbound'], parameters);
  for (const piece of all) caller.media(piece);
  return caller;
}

describe('a call of Twilio', () => {
  test('gives the results of the customer alone, as the same audio over /v1/stream does', async () => {
    const url = await start();
    const both = byTime([...pieces('inbound', customer), ...pieces('outbound', agent)]);
    const caller = await call(url, both);
    caller.stop();
    expect(await caller.closed).toEqual({ code: 1000, reason: 'ok' });
    const told = await results();
    expect(alike(told)).toEqual(alike(await streamed('channel_roles=customer', customer)));
    expect(told.filter(({ type }) => type === 'Emotion').length).toBeGreaterThan(4);
    expect(
      await metric(server, 'undertone_telephony_left_out_total{transport="twilio",reason="other_track"}'),
    ).toBe(pieces('outbound', agent).length);
  });

  test.each([1, 7, 999, 4000])('gives the same in messages of %d bytes', async (bytes) => {
    const url = await start();
    const speech = customer.subarray(0, bytes === 1 ? 24_000 : customer.length);
    const caller = await call(url, pieces('inbound', speech, bytes));
    caller.stop();
    await caller.closed;
    expect(alike(await results())).toEqual(alike(await streamed('channel_roles=customer', speech)));
  });

  test('is two channels where the operator lets the agent be heard, whatever bursts the tracks come in', async () => {
    const url = await start({ allowRole: ['agent'] });
    // Each track in bursts of a quarter of a second.
    const burst = ({ timestampMs }: Piece): number => Math.floor(timestampMs / 250);
    const both = [...pieces('inbound', customer), ...pieces('outbound', agent)].sort(
      (a, b) => burst(a) - burst(b) || a.track.localeCompare(b.track) || a.timestampMs - b.timestampMs,
    );
    const caller = await call(url, both, { analyze: 'customer,agent', purpose: 'safety' });
    caller.stop();
    await caller.closed;
    const length = Math.max(customer.length, agent.length);
    const mixed = new Uint8Array(2 * length).fill(0xff);
    customer.forEach((code, i) => {
      mixed[2 * i] = code;
    });
    agent.forEach((code, i) => {
      mixed[2 * i + 1] = code;
    });
    const query = 'channels=2&analyze=customer,agent&purpose=safety';
    expect(alike(await results())).toEqual(alike(await streamed(query, mixed)));
  });

  test('goes on over silence that was not sent, at the time that its stamps tell', async () => {
    const url = await start();
    const [before, after] = [customer.subarray(0, 24_000), customer.subarray(24_000)];
    const late = pieces('inbound', after).map((piece) => ({
      ...piece,
      timestampMs: piece.timestampMs + 3000 + 7000,
    }));
    const caller = await call(url, [...pieces('inbound', before), ...late]);
    caller.stop();
    await caller.closed;
    const gap = { type: 'Gap', samples: 7000 * 8 };
    expect(alike(await results())).toEqual(
      alike(await streamed('channel_roles=customer', before, gap, after)),
    );
  });

  test('is brought into order, and goes on over messages that are lost or come twice', async () => {
    const url = await start();
    const caller = await MediaStreamCaller.connect(`${url}/v1/twilio`);
    caller.start(['inbound']);
    const all = pieces('inbound', customer);
    const wire: string[] = [];
    const send = caller.socket.send.bind(caller.socket);
    caller.socket.send = (data: unknown) => void wire.push(String(data));
    for (const piece of all) caller.media(piece);
    caller.socket.send = send;
    // Neighbours exchanged, every tenth sent twice.
    for (let i = 0; i + 1 < wire.length; i += 6) [wire[i], wire[i + 1]] = [wire[i + 1]!, wire[i]!];
    for (const [i, text] of wire.entries()) {
      caller.socket.send(text);
      if (i % 10 === 0) caller.socket.send(text);
    }
    caller.stop();
    await caller.closed;
    expect(alike(await results())).toEqual(alike(await streamed('channel_roles=customer', customer)));
    const late = 'undertone_telephony_left_out_total{transport="twilio",reason="late"}';
    expect(await metric(server, late)).toBe(Math.ceil(wire.length / 10));
  });

  test('ends with all results when the connection is cut without stop', async () => {
    const url = await start();
    const caller = await call(url, pieces('inbound', customer));
    await new Promise((resolve) => setTimeout(resolve, 200));
    caller.socket.terminate();
    const told = await results();
    expect(alike(told)).toEqual(alike(await streamed('channel_roles=customer', customer)));
  });

  test('is not idle while it is connected, and over when nothing has come for long', async () => {
    const url = await start({ idleTimeoutMs: 150, telephonyIdleSeconds: 1 });
    const caller = await call(url, pieces('inbound', customer.subarray(0, 16_000)));
    const before = performance.now();
    expect((await caller.closed).code).toBe(1000);
    expect(performance.now() - before).toBeGreaterThan(900);
    expect((await results()).find(({ type }) => type === 'Summary')).toMatchObject({
      reason: 'client_close',
    });
  });

  test('names stream and call in Begin, and nothing else of the call', async () => {
    const url = await start();
    const caller = await call(url, pieces('inbound', customer.subarray(0, 8000)), {
      FirstName: 'Jane',
      tag: 'queue 7',
    });
    caller.stop();
    const [begin] = await results();
    expect(begin).toMatchObject({
      config: { tag: 'queue 7', metadata: { stream: streamSid, call: `CA${'0'.repeat(32)}` } },
    });
    expect(JSON.stringify(begin)).not.toContain('Jane');
  });
});

describe('what is wrong with messages', () => {
  const media = (change: object): object => ({
    event: 'media',
    media: { track: 'inbound', timestamp: '0', payload: 'AAAA', ...change },
  });

  test('costs that message and not the call', async () => {
    const url = await start();
    const caller = await MediaStreamCaller.connect(`${url}/v1/twilio`);
    caller.send(media({})); // before start
    caller.start(['inbound']);
    for (const bad of [
      'nonsense',
      '[]',
      '{"event":7}',
      '{"event":"media"}',
      '{"event":"media","media":{"payload":"AAA*"}}',
    ])
      caller.socket.send(bad);
    caller.socket.send(Buffer.from([1, 2, 3]));
    caller.send({ ...media({}), streamSid: 'MZother', sequenceNumber: '2' });
    caller.sendNext({ event: 'dtmf', dtmf: { track: 'inbound_track', digit: '1' } });
    caller.sendNext({ event: 'mark', mark: { name: 'a' } });
    caller.sendNext({ event: 'invented', invented: {} });
    for (const piece of pieces('inbound', customer)) caller.media(piece);
    caller.stop();
    expect((await caller.closed).code).toBe(1000);
    expect(alike(await results())).toEqual(alike(await streamed('channel_roles=customer', customer)));
    const count = (reason: string): Promise<number> =>
      metric(server, `undertone_telephony_left_out_total{transport="twilio",reason="${reason}"}`);
    expect(await count('bad_message')).toBe(7);
    expect(await count('other_stream')).toBe(1);
  });

  test('text that is no UTF-8 and audio under another name than that of the stream cost themselves alone', async () => {
    const url = await start();
    const caller = await MediaStreamCaller.connect(`${url}/v1/twilio`);
    caller.start(['inbound']);
    caller.socket.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: false });
    const all = pieces('inbound', customer);
    for (const piece of all.slice(0, 100)) caller.media(piece);
    for (let i = 0; i < 5; i++) caller.send({ ...media({}), streamSid: 'MZchanged' });
    for (const piece of all.slice(100)) caller.media(piece);
    caller.stop();
    expect((await caller.closed).code).toBe(1000);
    expect(alike(await results())).toEqual(alike(await streamed('channel_roles=customer', customer)));
    const count = (reason: string): Promise<number> =>
      metric(server, `undertone_telephony_left_out_total{transport="twilio",reason="${reason}"}`);
    expect([await count('bad_message'), await count('other_stream')]).toEqual([1, 5]);
  });

  test('a connection that never starts a call is none: nothing is opened, and nothing left behind', async () => {
    const url = await start();
    const caller = await MediaStreamCaller.connect(`${url}/v1/twilio`);
    for (let i = 0; i < 5; i++) caller.send({ ...media({}), streamSid });
    caller.socket.close();
    await caller.closed;
    const other = 'undertone_telephony_left_out_total{transport="twilio",reason="other_stream"}';
    expect(await metric(server, other)).toBe(5);
    expect(await metric(server, 'undertone_sessions_total')).toBe(0);
  });

  test('audio after stop is left out, and the call ends as it was to', async () => {
    const url = await start();
    const all = pieces('inbound', customer);
    const caller = await call(url, all.slice(0, 150));
    caller.stop();
    for (const piece of all.slice(150, 162)) caller.media(piece);
    expect((await caller.closed).code).toBe(1000);
    const told = await results();
    expect(told.filter(({ type }) => type === 'Error')).toEqual([]);
    expect(told.find(({ type }) => type === 'Summary')).toMatchObject({ reason: 'client_close' });
    const late = 'undertone_telephony_left_out_total{transport="twilio",reason="late"}';
    expect(await metric(server, late)).toBe(12);
  });

  test('broken base64 is missing audio: what follows stays where it was', async () => {
    const url = await start();
    const all = pieces('inbound', customer, 1600);
    const caller = await MediaStreamCaller.connect(`${url}/v1/twilio`);
    caller.start(['inbound']);
    for (const [i, piece] of all.entries()) {
      if (i === 12) caller.sendNext({ ...media({ payload: '***' }) });
      else caller.media(piece);
    }
    caller.stop();
    await caller.closed;
    const gap = { type: 'Gap', samples: 1600 };
    const [before, after] = [customer.subarray(0, 12 * 1600), customer.subarray(13 * 1600)];
    expect(alike(await results())).toEqual(
      alike(await streamed('channel_roles=customer', before, gap, after)),
    );
  });

  test('time stamps that go backwards bring nothing twice', async () => {
    const url = await start();
    const all = pieces('inbound', customer, 1600);
    const caller = await call(url, [...all.slice(0, 10), ...all.slice(4, 8), ...all.slice(10)]);
    caller.stop();
    await caller.closed;
    expect(alike(await results())).toEqual(alike(await streamed('channel_roles=customer', customer)));
  });

  test('a call in which nobody may be heard is refused and says so in the log only', async () => {
    const url = await start();
    for (const [tracks, parameters, reason] of [
      [['outbound'], {}, 'bad_parameter'],
      [['inbound'], { inbound_role: 'agent', analyze: 'agent' }, 'role_not_allowed'],
      [['inbound'], { inbound_role: 'nobody' }, 'bad_parameter'],
      [['inbound'], { interval_ms: '1' }, 'bad_parameter'],
      [['inbound'], { model: 'none' }, 'unknown_model'],
    ] as const) {
      const caller = await MediaStreamCaller.connect(`${url}/v1/twilio`);
      caller.start(tracks, parameters);
      expect((await caller.closed).reason).toBe(reason);
    }
  });
});

describe('who may call', () => {
  const publicUrl = 'wss://voice.example.com';
  const sign = (address: string, token: string): Record<string, string> => ({
    'X-Twilio-Signature': createHmac('sha1', token).update(address).digest('base64'),
  });

  test('a signature with any of the tokens over any form of the address lets in, another does not', async () => {
    const url = await start({ twilioAuthToken: ['first', 'second'], publicUrl });
    for (const address of [
      'wss://voice.example.com/v1/twilio',
      'wss://voice.example.com:443/v1/twilio',
      'https://voice.example.com/v1/twilio',
      'https://voice.example.com:443/v1/twilio',
    ]) {
      const caller = await MediaStreamCaller.connect(`${url}/v1/twilio`, sign(address, 'second'));
      caller.socket.close();
    }
    for (const headers of [
      {},
      sign(`${publicUrl}/v1/twilio`, 'third'),
      sign(`${publicUrl}/v1/telnyx`, 'first'),
    ])
      await expect(MediaStreamCaller.connect(`${url}/v1/twilio`, headers)).rejects.toThrowError('403');
  });

  test('a token that comes with its address while the server runs is asked for from then on', async () => {
    const url = await start();
    expect(await server.reload(() => ({ twilioAuthToken: ['token'], publicUrl }))).toBe(true);
    await expect(MediaStreamCaller.connect(`${url}/v1/twilio`)).rejects.toThrowError('403');
    const caller = await MediaStreamCaller.connect(
      `${url}/v1/twilio`,
      sign(`${publicUrl}/v1/twilio`, 'token'),
    );
    caller.socket.close();
  });

  test('a token without publicUrl is refused at start', async () => {
    await expect(start({ twilioAuthToken: ['token'] })).rejects.toThrowError(
      /publicUrl beside twilioAuthToken/,
    );
    await start();
  });
});

describe('other makers', () => {
  const wait = (caller: MediaStreamCaller): Promise<unknown> => caller.closed;
  const payload = (audio: Uint8Array): string => Buffer.from(audio).toString('base64');

  test('Telnyx, whose names have underscores and whose messages come in any order', async () => {
    const url = await start();
    const caller = await MediaStreamCaller.connect(`${url}/v1/telnyx`);
    const stream_id = '32DE0DEA-53CB-4B21-89A4-9E1819C043BC';
    caller.send({
      event: 'start',
      sequence_number: '1',
      stream_id,
      start: {
        call_control_id: 'v2:T02',
        call_session_id: 'ff55a038',
        from: '+13122010094',
        media_format: { encoding: 'PCMU', sample_rate: 8000, channels: 1 },
      },
    });
    const messages = pieces('inbound', customer).map(({ track, timestampMs, audio }, i) => ({
      event: 'media',
      sequence_number: String(i + 2),
      stream_id,
      media: { track, chunk: String(i + 1), timestamp: String(timestampMs), payload: payload(audio) },
    }));
    for (let i = 0; i + 3 < messages.length; i += 4)
      messages.splice(i, 4, ...messages.slice(i, i + 4).reverse());
    for (const message of messages) caller.send(message);
    caller.send({ event: 'stop', sequence_number: String(messages.length + 2), stream_id, stop: {} });
    await wait(caller);
    const told = await results();
    expect(alike(told)).toEqual(alike(await streamed('channel_roles=customer', customer)));
    expect(told[0]).toMatchObject({ config: { metadata: { stream: stream_id, call: 'ff55a038' } } });
    expect(JSON.stringify(told)).not.toContain('+1312');
  });

  test('Voximplant, which names streams by tags and sends 16-bit samples', async () => {
    const url = await start();
    const caller = await MediaStreamCaller.connect(`${url}/v1/voximplant`);
    const encoding = { encoding: 'PCM16', sampleRate: 16_000 };
    const samples = bytesOf(speech('speech_angry_f'));
    caller.send({ event: 'start', sequenceNumber: 0, start: { tag: 'caller', mediaFormat: encoding } });
    for (const [i, { timestampMs, audio }] of pieces('inbound', samples, 3200).entries()) {
      const media = { tag: 'caller', chunk: i, timestamp: timestampMs / 4, payload: payload(audio) };
      caller.send({ event: 'media', sequenceNumber: i + 1, media });
    }
    caller.send({ event: 'stop', sequenceNumber: 9, stop: { tag: 'caller', mediaInfo: {} } });
    await wait(caller);
    const query = 'encoding=linear16&sample_rate=16000&channel_roles=customer';
    expect(alike(await results())).toEqual(alike(await streamed(query, samples)));
  });
});
