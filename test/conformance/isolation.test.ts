import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { differences } from '../support/differences.ts';
import { startServer } from '../support/server.ts';
import { bytesOf, type Sentence, speech } from '../support/speech.ts';
import { comparable, StreamClient } from '../support/stream-client.ts';

let server: UndertoneServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

const sentences: readonly Sentence[] = ['speech_calm_m', 'speech_angry_f', 'speech_sad_m', 'speech_happy_f'];

test('a stream has the same results alone and among twenty others', async () => {
  const bytes = bytesOf(speech('speech_angry_f', 'speech_calm_m'));
  const run = async (audio: Uint8Array, packetBytes: number): Promise<StreamClient> => {
    const client = await StreamClient.open(server.url);
    for (let at = 0; at < audio.length; at += packetBytes) {
      client.socket.send(audio.subarray(at, at + packetBytes));
      // Lets the streams take turns, so that their frames meet in batches.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.finish();
    return client;
  };
  const alone = await run(bytes, 3200);
  const [among] = await Promise.all([
    run(bytes, 3200),
    ...Array.from({ length: 20 }, (_, i) =>
      run(bytesOf(speech(sentences[i % 4]!, sentences[(i + 1) % 4]!)), 640 * (1 + (i % 7))),
    ),
  ]);
  expect(alone.of('Emotion').length).toBeGreaterThan(2);
  expect(differences(comparable(alone.messages), comparable(among!.messages), 1e-4)).toEqual([]);
});
