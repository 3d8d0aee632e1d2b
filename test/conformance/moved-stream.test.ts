import { randomBytes } from 'node:crypto';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differences } from '../support/differences.ts';
import { bare, eventsOf, lastCheckpoint, ordinalsOf, restore } from '../support/restoring.ts';
import { metric, startServer } from '../support/server.ts';
import { bytesOf, interleave, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

const keys = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
const config: Partial<ServerConfig> = { checkpointMs: 1000, drainSeconds: 0 };
let first: UndertoneServer;
let second: UndertoneServer;
beforeAll(async () => {
  first = await startServer({ ...config, checkpointKey: keys });
  second = await startServer({ ...config, checkpointKey: [...keys].reverse() });
});
afterAll(() => Promise.all([first.close(), second.close()]));

const mono = bytesOf(speech('speech_happy_f', 'speech_calm_m'));
const stereo = bytesOf(
  interleave(speech('speech_angry_f', 'speech_calm_m'), speech('speech_sad_m', 'speech_happy_f')),
);
const query = 'checkpoints=true&interval_ms=250&trend_interval_ms=1000';
const cases = [
  { name: 'mono', audio: mono, frameBytes: 2, channels: 1, query },
  {
    name: 'two channels',
    audio: stereo,
    frameBytes: 4,
    channels: 2,
    query: `${query}&channels=2&channel_roles=customer,unknown&analyze=customer,unknown`,
  },
  // Noise in place of speech: what counts is that the resampler and its phase move, too.
  {
    name: 'float32 at 44.1 kHz',
    audio: mono,
    frameBytes: 4,
    channels: 1,
    query: `${query}&encoding=float32&sample_rate=44100`,
  },
];

function random(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const asFloat32 = (bytes: Uint8Array): Uint8Array =>
  new Uint8Array(
    Float32Array.from(new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2), (x) => x / 32_768)
      .buffer,
  );

describe.each(cases)(
  'a stream of $name cut anywhere',
  ({ audio: pcm, frameBytes, channels, query, name }) => {
    const audio = name.startsWith('float32') ? asFloat32(pcm) : pcm;
    let expected: Record<string, unknown>[];
    beforeAll(async () => {
      const client = await StreamClient.open(second.url, query);
      client.sendAudio(audio, 6400);
      await client.finish();
      expected = eventsOf(client.messages).map(bare);
      expect(expected.length).toBeGreaterThan(10);
    });

    test.each(Array.from({ length: 7 }, (_, seed) => seed))(
      'goes on elsewhere as if nothing had happened (%i)',
      async (seed) => {
        const pick = random(seed + 1);
        const client = await StreamClient.open(first.url, query);
        const cut = pick(audio.length);
        client.sendAudio(audio.subarray(0, cut), 1 + pick(9000));
        await client.first('Checkpoint');
        await new Promise((resolve) => setTimeout(resolve, pick(150)));
        client.socket.terminate();
        await client.closed;

        const heard = [...client.messages];
        const checkpoint = lastCheckpoint(heard);
        const other = await restore(second.url, checkpoint.checkpoint, ordinalsOf(heard, channels));
        const [begin] = other.of('Begin');
        expect(begin).toMatchObject({
          resumed: true,
          sample: checkpoint.sample,
          session_id: checkpoint.session_id,
        });
        other.sendAudio(audio.subarray(begin!.sample! * frameBytes), 1 + pick(9000));
        const summary = await other.finish();
        expect(summary.audio_s).toBeCloseTo(
          audio.length / frameBytes / (name.startsWith('float32') ? 44_100 : 16_000),
          2,
        );
        const found = [...eventsOf(heard), ...eventsOf(other.messages)].map(bare);
        // None lost, none twice, in the order of each channel; channels may take turns differently.
        for (let channel = 0; channel < channels; channel++) {
          const of = (events: typeof found) => events.filter((event) => event.channel === channel);
          expect(of(found).map(({ ordinal }) => ordinal)).toEqual(of(found).map((_, i) => i));
          expect(differences(of(found), of(expected), 1e-6)).toEqual([]);
        }
      },
    );
  },
);

test('a stream that was lost before its first second goes on from its beginning', async () => {
  const client = await StreamClient.open(first.url, query);
  const { checkpoint, sample } = await client.first('Checkpoint');
  expect(sample).toBe(0);
  client.socket.terminate();
  const other = await restore(second.url, checkpoint, []);
  expect(other.of('Begin')[0]).toMatchObject({ resumed: true, sample: 0, config: { interval_ms: 250 } });
  other.sendAudio(mono, 3200);
  await other.finish();
  expect(eventsOf(other.messages).length).toBeGreaterThan(10);
});

test('settings and a pause are where they were', async () => {
  const client = await StreamClient.open(first.url, query);
  client.sendAudio(mono.subarray(0, 64_000), 3200);
  client.sendMessage({ type: 'Configure', dimensions: false, interval_ms: 500 });
  client.sendMessage({ type: 'Pause' });
  client.sendAudio(mono.subarray(64_000, 160_000), 3200);
  // The one that comes within the pause.
  while (lastCheckpoint(client.messages).sample < 32_000 + 16_000) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  client.socket.terminate();
  const { checkpoint, sample } = lastCheckpoint(client.messages);
  const other = await restore(second.url, checkpoint, ordinalsOf(client.messages, 1));
  expect(other.of('Begin')[0]).toMatchObject({ config: { dimensions: false, interval_ms: 500 } });
  other.sendAudio(mono.subarray(2 * sample, 160_000), 3200);
  other.sendMessage({ type: 'Resume' });
  other.sendAudio(mono.subarray(160_000), 3200);
  await other.finish();
  expect(other.of('Gap')).toMatchObject([{ start: 2, duration: 3, reason: 'paused' }]);
  for (const { dimensions, start } of other.of('Emotion')) {
    expect(dimensions).toBeUndefined();
    expect(start).toBeGreaterThanOrEqual(5 - 0.05);
  }
});

describe('a checkpoint', () => {
  const refused = async (client: StreamClient): Promise<unknown> => {
    const { code } = await client.closed;
    return { close: code, code: client.of('Error')[0]?.code, begun: client.of('Begin').length };
  };
  const bad = { close: 4002, code: 'bad_checkpoint', begun: 0 };

  test('that was changed, made up or sealed elsewhere is refused, and the server goes on', async () => {
    const client = await StreamClient.open(first.url, query);
    const { checkpoint } = await client.first('Checkpoint');
    const stranger = await startServer({ checkpointKey: [randomBytes(32).toString('base64url')] });
    try {
      expect(await refused(await restore(stranger.url, checkpoint, []))).toEqual(bad);
    } finally {
      await stranger.close();
    }
    const pick = random(7);
    for (let i = 0; i < 20; i++) {
      const bytes = Buffer.from(checkpoint, 'base64url');
      const at = pick(bytes.length);
      bytes[at] = bytes[at]! ^ (1 + pick(255));
      const text =
        i % 4 === 0 ? checkpoint.slice(0, 1 + pick(checkpoint.length - 1)) : bytes.toString('base64url');
      expect(await refused(await restore(second.url, text, []))).toEqual(bad);
    }
    expect(await metric(second, 'undertone_streams_resumed_total{outcome="bad_checkpoint"}')).toBe(20);
    await client.finish();
  });

  test('has to come first', async () => {
    const client = await StreamClient.open(first.url, 'resume=true');
    client.sendAudio(mono.subarray(0, 3200));
    expect(await refused(client)).toEqual({ close: 4002, code: 'bad_message', begun: 0 });
    const late = await StreamClient.open(first.url);
    late.sendMessage({ type: 'Restore', checkpoint: 'AAAA', ordinals: [] });
    expect(await refused(late)).toEqual({ close: 4002, code: 'bad_message', begun: 1 });
  });

  test('ends the connection that its stream had before', async () => {
    const client = await StreamClient.open(first.url, query);
    const { checkpoint } = await client.first('Checkpoint');
    const other = await restore(first.url, checkpoint, []);
    expect(await client.closed).toEqual({ code: 4010, reason: 'superseded' });
    await other.finish();
  });

  test('comes only when it was asked for', async () => {
    const client = await StreamClient.open(first.url);
    client.sendAudio(mono, 3200);
    await client.finish();
    expect(client.of('Checkpoint')).toEqual([]);
  });
});

describe('acknowledgement', () => {
  test('what was not acknowledged comes again, with the same id and score', async () => {
    const client = await StreamClient.open(first.url, `${query}&ack=true`);
    client.sendAudio(mono, 3200);
    while (client.of('Emotion').filter((message) => message.is_final).length < 2) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    const finals = client.of('Emotion').filter((message) => message.is_final);
    while (lastCheckpoint(client.messages).seq < finals[1]!.seq) {
      client.sendAudio(new Uint8Array(3200));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    client.sendMessage({ type: 'Ack', id: finals[0]!.id });
    // A checkpoint from after the acknowledgement.
    const { length } = client.of('Checkpoint');
    while (client.of('Checkpoint').length < length + 2) {
      client.sendAudio(new Uint8Array(3200));
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    client.socket.terminate();
    const { checkpoint } = lastCheckpoint(client.messages);
    // This client has forgotten what it had.
    const other = await restore(second.url, checkpoint, []);
    const again = await other.first('Emotion');
    const { seq: _, ...expected } = finals[1]!;
    expect(again).toMatchObject(expected);
    other.sendMessage({ type: 'Ack', id: again.id });
    await other.finish();
    expect(other.of('Emotion').filter(({ id }) => id === finals[0]!.id)).toEqual([]);
    // And this one has it all.
    const third = await restore(first.url, checkpoint, ordinalsOf(client.messages, 1));
    await third.finish();
    expect(third.of('Emotion')).toEqual([]);
  });

  test('without any, recognising stops, and then the stream', async () => {
    const strict = await startServer({ maxUnacknowledged: 1, maxInboxBytes: 65_536, idleTimeoutMs: 300 });
    try {
      const client = await StreamClient.open(strict.url, 'ack=true');
      for (let i = 0; i < 6; i++) client.sendAudio(mono, 3200);
      expect(await client.closed).toEqual({ code: 4029, reason: 'slow_client' });
      expect(client.of('Emotion').filter((message) => message.is_final)).toHaveLength(1);
      const prompt = await StreamClient.open(strict.url, 'ack=true');
      prompt.socket.on('message', () => {
        const last = prompt.messages.at(-1);
        if (last?.type === 'Emotion' && last.is_final) prompt.sendMessage({ type: 'Ack', id: last.id });
      });
      prompt.sendAudio(mono, 3200);
      expect(await prompt.finish()).toMatchObject({ reason: 'client_close' });
      expect(prompt.of('Emotion').filter((message) => message.is_final)).toHaveLength(2);
    } finally {
      await strict.close();
    }
  });
});
