/** The same audio and messages through every door, with the same events. */
import { encodeG711 } from '@undertone/core';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyze, messagesOf, wavOf } from '../support/analyze-client.ts';
import { differences } from '../support/differences.ts';
import { type DoorScript, doors } from '../support/door-client.ts';
import { startServer } from '../support/server.ts';
import { bytesOf, interleave, speech } from '../support/speech.ts';
import { comparable } from '../support/stream-client.ts';

let server: UndertoneServer;
beforeAll(async () => {
  server = await startServer({ grpcPort: 0, rateLimit: 0, allowRole: ['agent'] });
});
afterAll(() => server.close());

const mono = speech('speech_happy_f', 'speech_sad_m');
const stereo = interleave(mono, speech('speech_angry_f', 'speech_calm_m'));
const phone = encodeG711(
  Float32Array.from({ length: mono.length / 2 }, (_, i) => mono[2 * i]! / 32768),
  'mulaw',
);

/** Six parts of whole sample frames. */
function parts(bytes: Uint8Array, frameBytes: number): Uint8Array[] {
  const size = frameBytes * Math.floor(bytes.length / frameBytes / 6);
  return Array.from({ length: 6 }, (_, i) =>
    bytes.subarray(i * size, i === 5 ? bytes.length : (i + 1) * size),
  );
}

function scriptOf(query: string, bytes: Uint8Array, frameBytes: number): Omit<DoorScript, 'packetBytes'> {
  const [a, b, c, d, e, f] = parts(bytes, frameBytes);
  const script = [
    a!,
    { type: 'Configure', interval_ms: 250, trend_interval_ms: 1000 },
    b!,
    { type: 'Pause' },
    c!,
    { type: 'KeepAlive' },
    { type: 'Resume' },
    d!,
    { type: 'Gap', duration: 0.5 },
    e!,
    { type: 'Finalize' },
    f!,
  ] as const;
  return { query, script };
}

const scripts = {
  'one channel': scriptOf('tag=call&metadata.queue=billing', bytesOf(mono), 2),
  'two channels with roles': scriptOf(
    'channels=2&channel_roles=agent,customer&analyze=customer,agent&purpose=safety',
    bytesOf(stereo),
    4,
  ),
  'mu-law of the telephone': scriptOf('encoding=mulaw&channel_roles=customer', phone, 1),
};

/** What is heard of each channel, and what concerns all of them: which channel comes first when both have news is open. */
function perChannel(messages: readonly unknown[]): unknown[] {
  return [0, 1].map((own) =>
    messages.flatMap((message) => {
      const { seq: _, ...rest } = message as { seq: number; channel?: number };
      return rest.channel === undefined || rest.channel === own ? [rest] : [];
    }),
  );
}

describe.each(Object.entries(scripts))('a script of %s', (_, script) => {
  test('gives the same events through every door, whatever the packets', async () => {
    const play = doors['WebSocket with JSON']!;
    const expected = comparable(await play(server, { ...script, packetBytes: 3200 }));
    const types = new Set(expected.map((message) => (message as { type: string }).type));
    for (const type of ['Begin', 'Configured', 'Emotion', 'Trend', 'Gap', 'Summary'])
      expect(types).toContain(type);
    for (const [name, playThere] of Object.entries(doors)) {
      for (const packetBytes of [333, 32_000]) {
        const messages = await playThere(server, { ...script, packetBytes });
        const found = differences(perChannel(comparable(messages)), perChannel(expected), 1e-4);
        expect(found, `${name}, ${packetBytes}`).toEqual([]);
      }
    }
  });
});

test('packets of one sample give the same events', async () => {
  const script = { query: '', script: [bytesOf(mono.subarray(0, 32_000))] };
  const play = doors['WebSocket with JSON']!;
  const expected = comparable(await play(server, { ...script, packetBytes: 32_000 }));
  for (const playThere of Object.values(doors)) {
    const messages = await playThere(server, { ...script, packetBytes: 2 });
    expect(differences(comparable(messages), expected, 1e-4)).toEqual([]);
  }
});

describe('a whole file by HTTP has the events of the stream:', () => {
  async function stream(query: string, bytes: Uint8Array): Promise<unknown[]> {
    return comparable(await doors.gRPC!(server, { query, script: [bytes], packetBytes: 3200 }));
  }

  test('WAV of one and of two channels', async () => {
    const one = await messagesOf(await analyze(server, wavOf(mono)));
    expect(differences(comparable(one), await stream('', bytesOf(mono)), 1e-4)).toEqual([]);
    const two = await messagesOf(await analyze(server, wavOf(stereo, 16_000, 2), 'interval_ms=500'));
    const expected = await stream('channels=2&interval_ms=500', bytesOf(stereo));
    expect(differences(comparable(two), expected, 1e-4)).toEqual([]);
  });

  test('WAV of other widths, whose samples are the same', async () => {
    const floats = Float32Array.from(mono, (sample) => sample / 32768);
    const expected = await stream('encoding=float32', new Uint8Array(floats.buffer));
    for (const bits of ['24', '32', '32f', '64']) {
      const messages = await messagesOf(await analyze(server, wavOf(mono, 16_000, 1, bits)));
      // The library scales by 32767 where others scale by 32768.
      expect(differences(comparable(messages), expected, 2e-2), bits).toEqual([]);
    }
  });

  test('mu-law and A-law at 8 kHz, as raw bytes or with a header', async () => {
    const expected = await stream('encoding=mulaw', phone);
    const raw = await messagesOf(await analyze(server, new Uint8Array(phone), 'encoding=mulaw'));
    expect(differences(comparable(raw), expected, 1e-4)).toEqual([]);
    const half = Int16Array.from({ length: mono.length / 2 }, (_, i) => mono[2 * i]!);
    for (const bits of ['8m', '8a']) {
      const [begin] = await messagesOf(await analyze(server, wavOf(half, 8000, 1, bits)));
      const encoding = bits === '8m' ? 'mulaw' : 'alaw';
      expect(begin).toMatchObject({ type: 'Begin', config: { encoding, sample_rate: 8000 } });
    }
  });

  test('as lines, each when it is known', async () => {
    const body = wavOf(mono);
    const response = await analyze(server, body, '', { Accept: 'application/x-ndjson' });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await response.text()).trimEnd().split('\n');
    const expected = await stream('', bytesOf(mono));
    const messages = lines.map((line) => JSON.parse(line) as never);
    expect(differences(comparable(messages), expected, 1e-4)).toEqual([]);
  });
});
