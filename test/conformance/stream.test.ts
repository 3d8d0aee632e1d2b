import { encodeG711, streamDefaults } from '@undertone/core';
import { streamRanges } from '@undertone/proto';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences } from '../support/differences.ts';
import { startServer } from '../support/server.ts';
import { bytesOf, interleave, seconds, speech } from '../support/speech.ts';
import { comparable, StreamClient } from '../support/stream-client.ts';

const twoSentences = speech('speech_happy_f', 'speech_sad_m');
const bytes = bytesOf(twoSentences);

describe('a stream', () => {
  let server: UndertoneServer;
  let whole: StreamClient;
  beforeAll(async () => {
    server = await startServer({ allowRole: ['agent'] });
    whole = await run(bytes, bytes.length);
  });
  afterAll(() => server.close());

  async function run(audio: Uint8Array, packetBytes: number, query = ''): Promise<StreamClient> {
    const client = await StreamClient.open(server.url, query);
    client.sendAudio(audio, packetBytes);
    await client.finish();
    return client;
  }

  test('needs no message but its audio: Begin, speech, emotions, Summary, close 1000', async () => {
    expect(whole.messages[0]).toMatchObject({
      type: 'Begin',
      seq: 0,
      protocol: 'undertone.v1',
      config: { encoding: 'linear16', sample_rate: 16000, channels: 1, channel_roles: ['unknown'] },
      limits: { max_frame_bytes: 1_048_576, idle_timeout_ms: 10_000, max_session_s: 14_400 },
    });
    const finals = whole.of('Emotion').filter((message) => message.is_final);
    expect(finals.length).toBeGreaterThanOrEqual(2);
    expect(whole.of('SpeechStarted')).toHaveLength(finals.length);
    expect(whole.of('SpeechEnded')).toHaveLength(finals.length);
    expect(whole.messages.at(-1)).toMatchObject({
      type: 'Summary',
      reason: 'client_close',
      audio_s: seconds(bytes),
      dropped_s: 0,
    });
    expect(await whole.closed).toEqual({ code: 1000, reason: 'ok' });
  });

  test('numbers its messages without a gap and names its session in each', () => {
    expect(whole.messages.map(({ seq }) => seq)).toEqual(whole.messages.map((_, i) => i));
    const ids = new Set(whole.messages.map(({ session_id }) => session_id));
    expect(ids.size).toBe(1);
    expect([...ids][0]).toMatch(/^ut_[0-9A-Z]{26}$/);
  });

  test('reports each segment with interims and one final that supersedes them', () => {
    const emotions = whole.of('Emotion');
    for (const message of emotions) {
      expect(message.id).toBe(`${message.session_id}:0:${message.segment}:${message.revision}`);
      expect(Object.values(message.scores!).reduce((sum, score) => sum + score)).toBeCloseTo(1, 5);
      expect(message.end).toBeGreaterThan(message.start);
      expect(message.latency_ms).toBeGreaterThanOrEqual(0);
    }
    for (const final of emotions.filter((message) => message.is_final)) {
      const revisions = emotions
        .filter(({ segment }) => segment === final.segment)
        .map(({ revision }) => revision);
      expect(revisions).toEqual(revisions.map((_, i) => i));
      expect(final.revision).toBe(revisions.at(-1));
    }
    expect(emotions.some((message) => !message.is_final)).toBe(true);
  });

  test.each([7, 640, 32_000])('gives the same events in packets of %i bytes', async (packetBytes) => {
    const client = await run(bytes, packetBytes);
    expect(differences(comparable(whole.messages), comparable(client.messages), 1e-4)).toEqual([]);
  });

  test('accepts telephone bytes as they are', async () => {
    const phone = Float32Array.from(
      { length: twoSentences.length / 2 },
      (_, i) => twoSentences[2 * i]! / 32768,
    );
    const client = await run(encodeG711(phone, 'mulaw'), 160, 'encoding=mulaw');
    expect(client.of('Begin')[0]!.config).toMatchObject({ encoding: 'mulaw', sample_rate: 8000 });
    expect(client.of('Summary')[0]!.audio_s).toBeCloseTo(twoSentences.length / 16000, 2);
    expect(client.of('Emotion').length).toBeGreaterThan(0);
  });

  test('accepts float32 with the results of linear16', async () => {
    const floats = Float32Array.from(twoSentences, (sample) => sample / 32768);
    const client = await run(new Uint8Array(floats.buffer), 4096, 'encoding=float32');
    const [a, b] = [whole, client].map((each) => comparable(each.messages.slice(1)));
    expect(differences(a, b, 1e-4)).toEqual([]);
  });

  test('keeps two channels apart, each as it is alone', async () => {
    const other = speech('speech_angry_f', 'speech_calm_m');
    const stereo = bytesOf(interleave(twoSentences, other));
    const client = await run(stereo, 3200, 'channels=2&analyze=customer,agent&purpose=safety');
    const summary = client.of('Summary')[0]!;
    expect(summary.per_channel.map(({ channel, role }) => [channel, role])).toEqual([
      [0, 'customer'],
      [1, 'agent'],
    ]);
    const mono = await run(
      bytesOf(twoSentences.subarray(0, Math.min(twoSentences.length, other.length))),
      3200,
    );
    const { channel: _, role: __, ...alone } = mono.of('Summary')[0]!.per_channel[0]!;
    const { channel: ___, role: ____, ...together } = summary.per_channel[0]!;
    const { turns, interruptions, ...talk } = together.talk!;
    expect(differences(alone, { ...together, talk }, 1e-4)).toEqual([]);
    // What only a call of two has.
    expect(alone.talk).not.toHaveProperty('turns');
    expect(mono.of('Summary')[0]).not.toHaveProperty('conversation');
    expect(turns).toBeGreaterThanOrEqual(interruptions!);
    expect(summary.conversation!.overlap_s).toBeGreaterThan(0);
    expect(new Set(client.of('Emotion').map(({ channel }) => channel))).toEqual(new Set([0, 1]));
  });

  test('hears only the customer of two channels unless asked', async () => {
    const client = await run(bytesOf(interleave(twoSentences, twoSentences)), 3200, 'channels=2');
    expect(new Set(client.of('Emotion').map(({ role }) => role))).toEqual(new Set(['customer']));
    const summary = client.of('Summary')[0]!;
    expect(summary.per_channel.map(({ role }) => role)).toEqual(['customer']);
    expect(summary.speech_s[1]).toBe(0);
  });

  test('Finalize ends the open segment where the audio is', async () => {
    const client = await StreamClient.open(server.url);
    // 2.2 s: in the middle of the first sentence, which starts at 1 s.
    client.sendAudio(bytes.subarray(0, 2 * 35_200), 3200);
    client.sendMessage({ type: 'Finalize' });
    let final = client.of('Emotion').find((message) => message.from_finalize);
    while (!final) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      final = client.of('Emotion').find((message) => message.from_finalize);
    }
    expect(final).toMatchObject({ is_final: true });
    expect(final.end).toBeLessThanOrEqual(2.2);
    client.sendAudio(bytes.subarray(2 * 35_200), 3200);
    expect(await client.finish()).toMatchObject({ audio_s: seconds(bytes) });
  });

  test('leaves out what the client does not want', async () => {
    const query = 'interim_results=false&vad_events=false&labels=false&dimensions=false';
    const client = await run(bytes, 32_000, query);
    expect(new Set(client.messages.map(({ type }) => type))).toEqual(
      new Set(['Begin', 'Emotion', 'Summary']),
    );
    for (const message of client.of('Emotion')) {
      expect(message.is_final).toBe(true);
      expect(message).not.toHaveProperty('scores');
      expect(message).not.toHaveProperty('dimensions');
    }
  });

  test('echoes tag, metadata and the subprotocol', async () => {
    const client = await StreamClient.open(server.url, 'tag=call-7?&metadata.queue=billing', [
      'undertone.v1',
    ]);
    const begin = await client.first('Begin');
    expect(begin.config).toMatchObject({ tag: 'call-7?', metadata: { queue: 'billing' } });
    expect(client.socket.protocol).toBe('undertone.v1');
    await client.finish();
  });

  test('without audio it is summed up as nothing heard', async () => {
    const client = await StreamClient.open(server.url);
    client.sendAudio(new Uint8Array(0));
    client.socket.send(new Uint8Array(0));
    const summary = await client.finish();
    expect(summary).toMatchObject({ audio_s: 0, per_channel: [{ label: null, abstain: 'no_speech' }] });
  });
});

test('the protocol and the recogniser have the same defaults', () => {
  expect(streamRanges.intervalMs.default).toBe(streamDefaults.intervalMs);
  expect(streamRanges.windowMs.default).toBe(streamDefaults.windowMs);
  expect(streamRanges.endpointingMs.default).toBe(streamDefaults.endpointingMs);
});
