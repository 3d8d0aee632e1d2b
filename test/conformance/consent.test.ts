import { once } from 'node:events';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterEach, describe, expect, test } from 'vitest';
import { metric, startServer } from '../support/server.ts';
import { bytesOf, interleave, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

let server: UndertoneServer;
const start = async (config: Partial<ServerConfig> = {}): Promise<void> => {
  server = await startServer(config);
};
afterEach(() => server.close());

const bytes = bytesOf(speech('speech_happy_f', 'speech_sad_m'));
const half = 2 * Math.floor(bytes.length / 4);

async function refusal(query: string): Promise<{ status: number; code: string }> {
  const client = new StreamClient(`${server.url}?${query}`);
  const [, response] = await once(client.socket, 'unexpected-response');
  let body = '';
  for await (const part of response) body += part;
  return { status: response.statusCode, code: JSON.parse(body).code };
}

describe('consent', () => {
  test('that is pending drops audio, and given begins to hear it', async () => {
    await start();
    const client = await StreamClient.open(server.url, 'consent=pending');
    client.sendAudio(bytes.subarray(0, half), 3200);
    client.sendMessage({ type: 'Configure', consent: 'given' });
    client.sendAudio(bytes.subarray(half), 3200);
    const summary = await client.finish();
    expect(client.messages.slice(0, 3).map(({ type }) => type)).toEqual(['Begin', 'Gap', 'Configured']);
    const [gap] = client.of('Gap');
    expect(gap).toMatchObject({ start: 0, reason: 'consent' });
    expect(gap!.duration).toBeCloseTo(half / 32_000, 3);
    for (const message of client.of('Emotion'))
      expect(message.start).toBeGreaterThanOrEqual(half / 32_000 - 0.05);
    expect(client.of('Emotion').length).toBeGreaterThan(0);
    expect(summary.dropped_s).toBeCloseTo(half / 32_000, 2);
    expect(await metric(server, 'undertone_audio_dropped_seconds_total{reason="consent"}')).toBeCloseTo(
      half / 32_000,
      2,
    );
  });

  test('that a server requires is pending until it is given', async () => {
    await start({ requireConsent: true });
    const silent = await StreamClient.open(server.url);
    silent.sendAudio(bytes, 3200);
    await silent.finish();
    expect(silent.of('Begin')[0]!.config.consent).toBe('pending');
    expect(silent.of('Emotion')).toEqual([]);
    expect(silent.of('Summary')[0]!.per_channel).toMatchObject([{ label: null, speech_s: 0 }]);
    const given = await StreamClient.open(server.url, 'consent=given');
    given.sendAudio(bytes, 3200);
    await given.finish();
    expect(given.of('Emotion').length).toBeGreaterThan(0);
  });

  test('that is withdrawn ends the stream at once, and nothing more is said about it', async () => {
    await start({ checkpointMs: 1000 });
    const client = await StreamClient.open(server.url, 'consent=given&checkpoints=true&ack=true');
    client.sendAudio(bytes, 3200);
    await client.first('SpeechStarted');
    client.sendMessage({ type: 'Configure', consent: 'denied' });
    expect(await client.closed).toEqual({ code: 4005, reason: 'consent_denied' });
    expect(client.messages.at(-1)).toMatchObject({ type: 'Error', code: 'consent_denied', fatal: true });
    expect(client.of('Summary')).toEqual([]);
  });

  test('that is denied from the start opens no stream', async () => {
    await start();
    expect(await refusal('consent=denied')).toEqual({ status: 403, code: 'consent_denied' });
    expect(await refusal('consent=maybe')).toEqual({ status: 400, code: 'bad_parameter' });
  });

  test('that is asked for again mutes the stream meanwhile', async () => {
    await start();
    const client = await StreamClient.open(server.url);
    client.sendAudio(bytes.subarray(0, half), 3200);
    client.sendMessage({ type: 'Configure', consent: 'pending' });
    client.sendAudio(bytes.subarray(half), 3200);
    await client.finish();
    expect(client.of('Gap')).toMatchObject([{ reason: 'consent' }]);
    for (const { end } of client.of('Emotion')) expect(end).toBeLessThanOrEqual(half / 32_000 + 0.2);
  });
});

describe('an agent', () => {
  const query = 'channels=2&analyze=customer,agent';
  const call = bytesOf(interleave(speech('speech_happy_f'), speech('speech_angry_f')));

  test('is not analysed unless the server allows it and a purpose is named', async () => {
    await start();
    expect(await refusal(`${query}&purpose=safety`)).toEqual({ status: 403, code: 'role_not_allowed' });
    await server.close();
    await start({ allowRole: ['agent'] });
    expect(await refusal(query)).toEqual({ status: 403, code: 'role_not_allowed' });
    expect(await refusal(`${query}&purpose=appraisal`)).toEqual({ status: 400, code: 'bad_parameter' });
    const client = await StreamClient.open(server.url, `${query}&purpose=personal_training`);
    client.sendAudio(call, 6400);
    await client.finish();
    expect(new Set(client.of('Emotion').map(({ role }) => role))).toEqual(new Set(['customer', 'agent']));
  });

  test('leaves no trace in what is said of the customer', async () => {
    await start();
    const silent = bytesOf(interleave(speech('speech_happy_f'), new Int16Array(200_000)));
    const heard = await Promise.all(
      [call.subarray(0, silent.length), silent.subarray(0, call.length)].map(async (audio) => {
        const client = await StreamClient.open(server.url, 'channels=2');
        client.sendAudio(audio, 6400);
        await client.finish();
        return client
          .of('Emotion')
          .map(({ scores, start, end, channel }) => ({ scores, start, end, channel }));
      }),
    );
    expect(heard[0]!.length).toBeGreaterThan(0);
    expect(heard[0]).toEqual(heard[1]);
  });
});

describe('a stream of unknown role', () => {
  test('is analysed where nobody needs credentials, and not where the server says no', async () => {
    await start();
    const client = await StreamClient.open(server.url);
    expect(await client.finish()).toMatchObject({ reason: 'client_close' });
    await server.close();
    await start({ allowUnknownRole: 'no' });
    expect(await refusal('')).toEqual({ status: 403, code: 'role_not_allowed' });
    const named = await StreamClient.open(server.url, 'channel_roles=customer');
    expect(await named.finish()).toMatchObject({ reason: 'client_close' });
  });
});
