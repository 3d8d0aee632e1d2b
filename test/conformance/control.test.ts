import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer } from '../support/server.ts';
import { bytesOf, interleave, speech } from '../support/speech.ts';
import { comparable, StreamClient } from '../support/stream-client.ts';

let server: UndertoneServer;
beforeAll(async () => {
  server = await startServer({ rateLimit: 0 });
});
afterAll(() => server.close());

const two = bytesOf(speech('speech_happy_f', 'speech_sad_m'));
const half = 2 * Math.floor(two.length / 4);

/** Sends audio and messages in turn, the audio in packets of this size. */
async function play(
  query: string,
  packetBytes: number,
  ...script: (Uint8Array | object)[]
): Promise<StreamClient> {
  const client = await StreamClient.open(server.url, query);
  for (const item of script) {
    if (item instanceof Uint8Array) client.sendAudio(item, packetBytes);
    else client.sendMessage(item);
  }
  await client.finish();
  return client;
}

/** The same for every packet size; returns what came. */
async function playAll(query: string, ...script: (Uint8Array | object)[]): Promise<StreamClient> {
  const [first, ...others] = await Promise.all(
    [320, 999, 40_000].map((size) => play(query, size, ...script)),
  );
  for (const other of others) expect(comparable(other.messages)).toEqual(comparable(first!.messages));
  return first!;
}

describe('Configure', () => {
  test('takes effect where it stands in the audio, whatever the packets', async () => {
    const change = {
      interval_ms: 250,
      labels: false,
      dimensions: false,
      vad_events: false,
      trend_interval_ms: 1000,
    };
    const client = await playAll(
      '',
      two.subarray(0, half),
      { type: 'Configure', ...change },
      two.subarray(half),
    );
    const [configured] = client.of('Configured');
    expect(configured!.config).toEqual({ ...client.of('Begin')[0]!.config, ...change });
    const [before, after] = [0, 1].map((side) =>
      client.messages.filter((message) => (message.seq > configured!.seq ? 1 : 0) === side),
    );
    expect(before!.filter(({ type }) => type === 'SpeechStarted').length).toBeGreaterThan(0);
    expect(after!.filter(({ type }) => type === 'SpeechStarted' || type === 'SpeechEnded')).toEqual([]);
    for (const message of before!) if (message.type === 'Emotion') expect(message.scores).toBeDefined();
    const emotions = after!.filter((message) => message.type === 'Emotion');
    expect(emotions.length).toBeGreaterThan(4);
    for (const message of emotions)
      expect([message.scores, message.dimensions]).toEqual([undefined, undefined]);
    expect(client.of('Trend').length).toBeGreaterThan(1);
  });

  test('of another channel begins to hear it there', async () => {
    const stereo = bytesOf(
      interleave(speech('speech_happy_f', 'speech_sad_m'), speech('speech_angry_f', 'speech_calm_m')),
    );
    const middle = 4 * Math.floor(stereo.length / 8);
    const client = await playAll(
      'channels=2&channel_roles=customer,unknown&analyze=customer',
      stereo.subarray(0, middle),
      { type: 'Configure', analyze: ['unknown'] },
      stereo.subarray(middle),
    );
    const { seq } = client.of('Configured')[0]!;
    for (const message of client.of('Emotion')) expect(message.channel).toBe(message.seq > seq ? 1 : 0);
    expect(client.of('Emotion').filter(({ channel }) => channel === 1).length).toBeGreaterThan(0);
    expect(client.of('Summary')[0]!.per_channel.map(({ channel }) => channel)).toEqual([0, 1]);
  });

  test('that may not be is answered by an Error that changes nothing', async () => {
    const agent = { type: 'Configure', analyze: ['agent'], labels: false };
    const nobody = { type: 'Configure', analyze: ['unknown'] };
    const client = await playAll(
      'channels=2',
      bytesOf(interleave(speech('speech_happy_f'), speech('speech_sad_m'))),
      agent,
      nobody,
    );
    expect(client.of('Error')).toMatchObject([
      { code: 'role_not_allowed', fatal: false },
      { code: 'bad_parameter', fatal: false },
    ]);
    expect(client.of('Configured')).toEqual([]);
    expect(client.of('Summary')[0]).toMatchObject({ reason: 'client_close' });
  });
});

describe('Pause', () => {
  test('gives the open segment its final, and what comes until Resume is not heard, while time goes on', async () => {
    // In the middle of the first sentence.
    const cut = 70_400;
    const client = await playAll(
      '',
      two.subarray(0, cut),
      { type: 'Pause' },
      two.subarray(cut, half),
      { type: 'Resume' },
      two.subarray(half),
    );
    const [gap] = client.of('Gap');
    expect(gap).toMatchObject({ start: 2.2, reason: 'paused' });
    expect(gap!.duration).toBeCloseTo((half - cut) / 32_000, 3);
    const emotions = client.of('Emotion');
    const before = emotions.filter(({ seq }) => seq < gap!.seq);
    expect(before.at(-1)).toMatchObject({ is_final: true });
    // Up to 0.2 s of what is missing counts as silence.
    for (const { end } of emotions.filter(({ start }) => start < 2.2)) expect(end).toBeLessThanOrEqual(2.4);
    const after = emotions.filter(({ seq }) => seq > gap!.seq);
    expect(after.at(-1)).toMatchObject({ is_final: true });
    for (const { start } of after) expect(start).toBeGreaterThanOrEqual(half / 32_000 - 0.05);
    const summary = client.of('Summary')[0]!;
    expect(summary.audio_s).toBeCloseTo(two.length / 32_000, 2);
    expect(summary.dropped_s).toBeCloseTo(gap!.duration, 3);
  });

  test('cut within a sample keeps the samples together', async () => {
    const odd = await playAll(
      '',
      two.subarray(0, 70_401),
      { type: 'Pause' },
      two.subarray(70_401, 70_410),
      { type: 'Resume' },
      two.subarray(70_410),
    );
    expect(odd.of('Error')).toEqual([]);
    expect(odd.of('Gap')).toMatchObject([{ duration: 0, reason: 'paused' }].slice(0, odd.of('Gap').length));
    expect(odd.of('Emotion').at(-1)).toMatchObject({ is_final: true });
    expect(odd.of('Summary')[0]!.audio_s).toBeCloseTo(two.length / 32_000, 2);
  });

  test('that is not over at the end is reported all the same', async () => {
    const client = await playAll('', two.subarray(0, half), { type: 'Pause' }, two.subarray(half));
    expect(client.of('Gap')).toHaveLength(1);
    expect(client.messages.at(-1)!.type).toBe('Summary');
  });
});

describe('Gap', () => {
  test('of audio that was lost moves the times of what follows', async () => {
    const whole = await playAll('', two);
    const gapped = await playAll(
      '',
      two.subarray(0, half),
      { type: 'Gap', duration: 1.5 },
      two.subarray(half),
    );
    expect(gapped.of('Gap')).toMatchObject([
      { start: Math.round(half / 32) / 1000, duration: 1.5, reason: 'client' },
    ]);
    expect(gapped.of('Summary')[0]!.audio_s).toBeCloseTo(whole.of('Summary')[0]!.audio_s + 1.5, 2);
    const last = (client: StreamClient): number => client.of('SpeechEnded').at(-1)!.time;
    expect(last(gapped)).toBeCloseTo(last(whole) + 1.5, 1);
  });

  test('in samples counts those of the stream', async () => {
    const client = await playAll(
      '',
      two.subarray(0, 32_000),
      { type: 'Gap', samples: 8000 },
      two.subarray(32_000),
    );
    expect(client.of('Gap')).toMatchObject([{ start: 1, duration: 0.5 }]);
  });
});

describe('Warning', () => {
  test('says once that the audio clips', async () => {
    const loud = Int16Array.from(new Int16Array(two.buffer, two.byteOffset, two.length / 2), (x) =>
      Math.max(-32_768, Math.min(32_767, x * 40)),
    );
    const bytes = bytesOf(loud);
    const client = await play('', 3200, bytes, bytes, bytes, bytes);
    expect(client.of('Warning')).toMatchObject([
      { code: 'low_quality', message: expect.stringContaining('clips') },
    ]);
  });

  test('does not come with ordinary speech', async () => {
    const client = await play('', 3200, two, two, two, two);
    expect(client.of('Warning')).toEqual([]);
  });
});
