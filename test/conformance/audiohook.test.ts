import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerMessage } from '@undertone/proto';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  AudiohookClient,
  agentOffer,
  apiKey,
  clientSecret,
  identity,
  type SignatureChange,
  signed,
  stereoOffer,
} from '../support/audiohook-client.ts';
import { telephoneSpeech } from '../support/media-stream-caller.ts';
import { metric, startServer } from '../support/server.ts';
import { results as alike, sinkResults } from '../support/sink-results.ts';
import { StreamClient } from '../support/stream-client.ts';

const customer = telephoneSpeech('speech_angry_f', 'speech_sad_m');
const agent = telephoneSpeech('speech_calm_m', 'speech_happy_f');

let folder: string;
let server: UndertoneServer;
let url: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'undertone-hook-'));
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function start(config: Partial<ServerConfig> = {}): Promise<void> {
  server = await startServer({
    rateLimit: 0,
    sinkFile: join(folder, 'results.jsonl'),
    audiohookKey: [`${apiKey}:${clientSecret}`, 'unsigned:'],
    ...config,
  });
  url = server.url.replace('/v1/stream', '/v1/audiohook');
}

const results = (): Promise<ServerMessage[]> => sinkResults(join(folder, 'results.jsonl'));

async function streamed(query: string, ...script: (Uint8Array | object)[]): Promise<unknown[]> {
  const client = await StreamClient.open(server.url, `encoding=mulaw&${query}`);
  for (const item of script) {
    if (item instanceof Uint8Array) client.sendAudio(item, 4000);
    else client.sendMessage(item);
  }
  await client.finish();
  return alike(client.messages);
}

/** In frames of 200 ms. */
function sendAudio(client: AudiohookClient, audio: Uint8Array, frameBytes = 1600): void {
  for (let at = 0; at < audio.length; at += frameBytes)
    client.socket.send(audio.subarray(at, at + frameBytes));
}

function interleave(left: Uint8Array, right: Uint8Array): Uint8Array {
  const both = new Uint8Array(2 * Math.min(left.length, right.length));
  for (let i = 0; i < both.length; i++) both[i] = (i % 2 === 0 ? left : right)[i >> 1]!;
  return both;
}

describe('a call of Genesys', () => {
  test('selects the customer alone and gives the results of the same audio over /v1/stream', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    const opened = await client.open();
    expect(opened).toMatchObject({
      version: '2',
      id: client.headers['audiohook-session-id'],
      seq: 1,
      clientseq: 1,
      parameters: {
        startPaused: false,
        media: [{ type: 'audio', format: 'PCMU', channels: ['external'], rate: 8000 }],
      },
    });
    sendAudio(client, customer);
    client.send('ping');
    expect(await client.next('pong')).toMatchObject({ seq: 2, clientseq: 2, parameters: {} });
    expect(await client.end()).toMatchObject({ seq: 3, clientseq: 3, parameters: {} });
    const told = await results();
    expect(alike(told)).toEqual(await streamed('channel_roles=customer', customer));
    expect(told[0]).toMatchObject({ config: { metadata: { call: '090eaa2f-72fa-480a-83e0-8667ff89c0ec' } } });
    expect(JSON.stringify(told)).not.toMatch(/Jane|1555/);
  });

  test('audio that is longer than the client’s position says counts as it came', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    await client.open();
    sendAudio(client, customer);
    client.send('ping', {}, { position: 'PT0.4S' });
    await client.next('pong');
    await client.end();
    expect(alike(await results())).toEqual(await streamed('channel_roles=customer', customer));
  });

  test('takes both channels where only both are offered, and hears the customer', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    expect((await client.open(stereoOffer)).parameters.media).toEqual(stereoOffer);
    const both = interleave(customer, agent);
    sendAudio(client, both, 3200);
    await client.end();
    expect(alike(await results())).toEqual(await streamed('channels=2', both));
  });

  test('hears both where the integration asks for it and the operator allows it', async () => {
    await start({ allowRole: ['agent'] });
    const client = await AudiohookClient.connect(url);
    const customConfig = { analyze: 'customer,agent', purpose: 'safety' };
    expect((await client.open(undefined, { customConfig })).parameters.media).toMatchObject([
      { channels: ['external', 'internal'] },
    ]);
    const both = interleave(customer, agent);
    sendAudio(client, both, 3200);
    await client.end();
    const query = 'channels=2&analyze=customer,agent&purpose=safety';
    expect(alike(await results())).toEqual(await streamed(query, both));
  });

  test('wants no audio where only the agent is offered', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    expect((await client.open(agentOffer)).parameters.media).toEqual([]);
    await client.end();
    expect(await metric(server, 'undertone_sessions_total')).toBe(0);
  });

  test('answers a probe and counts no call', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    const none = '00000000-0000-0000-0000-000000000000';
    const probe = { conversationId: none, participant: { id: none, ani: '', aniName: '', dnis: '' } };
    expect((await client.open(undefined, probe)).parameters.media).toHaveLength(1);
    await client.end();
    expect(await metric(server, 'undertone_sessions_total')).toBe(0);
  });

  test('what is discarded, and what a pause left out, is missing from the time of the call', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    await client.open();
    const [a, b, c] = [
      customer.subarray(0, 16_000),
      customer.subarray(16_000, 32_000),
      customer.subarray(32_000),
    ];
    sendAudio(client, a);
    client.send('discarded', { start: 'PT2S', discarded: 'PT0.5S' });
    sendAudio(client, b);
    client.send('paused');
    client.send('ping');
    await client.next('pong');
    client.send('resumed', { start: 'PT4.5S', discarded: 'PT10S' });
    sendAudio(client, c);
    await client.end();
    const gap = (samples: number): object => ({ type: 'Gap', samples });
    const told = alike(await results());
    expect(told).toEqual(await streamed('channel_roles=customer', a, gap(4000), b, gap(80_000), c));
  });

  test('goes on through update, errors of the client and what belongs to the other flavour', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    await client.open(undefined, { supportedLanguages: true });
    client.send('update', { language: 'de-DE' });
    expect((await client.next('updated')).parameters).toEqual({});
    client.send('error', { code: 429, message: 'slow', retryAfter: 'PT1S' });
    for (const type of ['dtmf', 'playback_started', 'playback_completed']) client.send(type);
    expect((await client.end()).seq).toBe(3);
    expect(client.messages[0]!.parameters.supportedLanguages).toEqual([]);
  });

  test('ends with all results when the connection is cut', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    await client.open();
    sendAudio(client, customer);
    client.send('ping');
    await client.next('pong');
    client.socket.terminate();
    expect(alike(await results())).toEqual(await streamed('channel_roles=customer', customer));
  });

  test('gets final results back only where the operator wants it, no more than two a second', async () => {
    await start({ audiohookEvents: true });
    const client = await AudiohookClient.connect(url);
    await client.open();
    for (let i = 0; i < 3; i++) sendAudio(client, customer);
    await client.end();
    const events = client.messages.filter(({ type }) => type === 'event');
    const finals = (await results()).filter((message) => message.type === 'Emotion' && message.is_final);
    expect(finals.length).toBeGreaterThan(3);
    expect(
      events.map(({ parameters }) => (parameters.entities as { data: { id: string } }[])[0]!.data.id),
    ).toEqual(finals.map((final) => 'id' in final && final.id));
    expect(client.messages.map(({ seq }) => seq)).toEqual(client.messages.map((_, i) => i + 1));
  });

  test('is asked to close when the server shuts down, and told its last results', async () => {
    await start({ shutdownGraceMs: 3000 });
    const client = await AudiohookClient.connect(url);
    await client.open();
    sendAudio(client, customer);
    client.send('ping');
    await client.next('pong');
    const closing = server.close();
    expect((await client.next('disconnect')).parameters).toMatchObject({ reason: 'completed' });
    await client.end();
    await closing;
    expect((await results()).some(({ type }) => type === 'Summary')).toBe(true);
  });
});

describe('what the protocol does not allow', () => {
  const disconnected = async (run: (client: AudiohookClient) => unknown, opens = true): Promise<string> => {
    const client = await AudiohookClient.connect(url);
    if (opens) await client.open();
    await run(client);
    const { reason, info } = (await client.next('disconnect')).parameters;
    expect(reason).toBe('error');
    // The client closes then, and is answered.
    client.send('close', { reason: 'disconnect' });
    return String(info);
  };

  test('is answered by disconnect with what was expected and what came', async () => {
    await start();
    const audio = new Uint8Array(1600);
    expect(await disconnected((client) => client.socket.send(audio), false)).toMatch(
      /no audio in state preparing/,
    );
    expect(
      await disconnected((client) => {
        client.send('paused');
        client.socket.send(audio);
      }),
    ).toMatch(/no audio in state paused/);
    expect(await disconnected((client) => client.send('ping', {}, { seq: 7 }))).toMatch(/seq 2; got 7/);
    expect(await disconnected((client) => client.send('ping', {}, { serverseq: 9 }))).toMatch(
      /serverseq of at most 1/,
    );
    expect(await disconnected((client) => client.send('ping', {}, { version: '3' }))).toMatch(
      /version to be "2"; got 3/,
    );
    expect(
      await disconnected((client) => client.send('ping', {}, { id: identity()['audiohook-session-id'] })),
    ).toMatch(/id of the session/);
    expect(await disconnected((client) => client.send('ping', {}, { position: 'PT1M' }))).toMatch(/position/);
    expect(await disconnected((client) => client.send('invented'))).toMatch(/got type "invented"/);
    expect(await disconnected((client) => client.send('open'))).toMatch(/no open in state active/);
    expect(
      await disconnected((client) => client.send('discarded', { start: 'PT0S', discarded: 'PT99999999S' })),
    ).toMatch(/discarded to be a duration/);
    expect(await disconnected((client) => client.socket.send('{'))).toMatch(/not JSON/);
    expect(await disconnected((client) => client.socket.send(`"${'x'.repeat(70_000)}"`))).toMatch(
      /message_too_large/,
    );
    expect(await disconnected((client) => client.send('open', { organizationId: 'me' }), false)).toMatch(
      /organizationId/,
    );
  });

  test('what comes before the client knows of it is no second error', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    await client.open();
    sendAudio(client, customer.subarray(0, 16_000));
    client.send('invented');
    client.send('discarded', { start: 'PT2S', discarded: 'PT1S' });
    await client.next('disconnect');
    expect((await results()).filter(({ type }) => type === 'Error')).toEqual([]);
    client.socket.close();
  });

  test('a connection without audio ends when nothing has come for long', async () => {
    await start({ telephonyIdleSeconds: 1 });
    const client = await AudiohookClient.connect(url);
    await client.open(agentOffer);
    expect(await client.closed).toBe(1008);
  });

  test('a frame that cuts a sample in two is refused', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    await client.open(stereoOffer);
    client.socket.send(new Uint8Array(3));
    expect((await client.next('disconnect')).parameters.info).toMatch(
      /bad_audio: Expected whole samples of 2 bytes/,
    );
  });

  test('an agent that may not be heard is refused with the reason', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    const customConfig = { analyze: 'customer,agent', purpose: 'safety' };
    void client.open(undefined, { customConfig }).catch(() => {});
    expect((await client.next('disconnect')).parameters.info).toMatch(/role_not_allowed/);
    client.send('close', { reason: 'disconnect' });
    await client.next('closed');
    client.socket.close();
  });

  test('another organisation than that of the header is unauthorized', async () => {
    await start();
    const client = await AudiohookClient.connect(url);
    void client.open(undefined, { organizationId: identity()['audiohook-organization-id'] }).catch(() => {});
    expect((await client.next('disconnect')).parameters.reason).toBe('unauthorized');
    client.socket.close();
  });
});

describe('who may connect', () => {
  test('whoever has the secret, once for each signature', async () => {
    await start();
    const headers = signed(url, identity());
    const client = await AudiohookClient.connect(url, headers);
    client.socket.close();
    await expect(AudiohookClient.connect(url, headers)).rejects.toThrowError('401');
  });

  test('nobody with another secret, an old signature, a short nonce, or less than all headers signed', async () => {
    await start();
    const now = Math.floor(Date.now() / 1000);
    const changes: SignatureChange[] = [
      { secret: Buffer.from('another').toString('base64') },
      { created: now - 20 },
      { created: now + 10 },
      { nonce: 'short' },
      { covered: ['@request-target', '@authority', 'x-api-key'] },
    ];
    const attempts = changes.map((change) => signed(url, identity(), change));
    const target = { ...signed(`${url}?other`, identity()) };
    const header = {
      ...signed(url, identity()),
      'audiohook-organization-id': identity()['audiohook-organization-id']!,
    };
    const unknownKey = signed(url, { ...identity(), 'x-api-key': 'unknown' });
    const malformed = { ...signed(url, identity()), 'signature-input': 'sig1=((' };
    await Promise.all(
      [...attempts, target, header, unknownKey, malformed, identity(), {}].map((each) =>
        expect(AudiohookClient.connect(url, each)).rejects.toThrowError('401'),
      ),
    );
  });

  test('a key without secret lets unsigned requests in', async () => {
    await start();
    const client = await AudiohookClient.connect(url, { ...identity(), 'x-api-key': 'unsigned' });
    await client.open();
    await client.end();
  });

  test('keys that are none are refused at start', async () => {
    await expect(start({ audiohookKey: ['no secret'] })).rejects.toThrowError(/KEY:SECRET/);
    await start();
  });
});
