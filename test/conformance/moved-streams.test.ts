import { randomBytes } from 'node:crypto';
import { Recognizer } from '@undertone/client-sdk';
import type { EmotionMessage, ServerMessage } from '@undertone/proto';
import { afterAll, expect, test } from 'vitest';
import { piecesOf } from '../load/load-speech.ts';
import { ServerProcess } from '../load/server-process.ts';
import { testModelFolder } from '../support/model.ts';

/** Fewer only where the machine, busy with other things, would refuse some: that is tested elsewhere. */
const mostStreams = 200;
const seconds = 10;
const packetBytes = 3200;
const checkpointKey = randomBytes(32).toString('base64url');
const servers: ServerProcess[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

async function start(): Promise<ServerProcess> {
  const args = ['--model', testModelFolder(), '--log-level', 'error', '--max-utilisation', '1'];
  const server = await ServerProcess.start(args, { env: { UNDERTONE_CHECKPOINT_KEY: checkpointKey } });
  servers.push(server);
  return server;
}

/** What a stream reported, without what differs between two runs of the same audio. */
interface Heard {
  readonly sessions: ReadonlySet<string>;
  readonly events: readonly string[];
  readonly results: readonly EmotionMessage[];
  reconnects: number;
}

function listen(stream: Recognizer): Heard {
  const sessions = new Set<string>();
  const events: string[] = [];
  const results: EmotionMessage[] = [];
  const heard: Heard = { sessions, events, results, reconnects: 0 };
  stream.on('reconnected', () => {
    heard.reconnects++;
  });
  stream.on('message', (message: ServerMessage) => {
    sessions.add(message.session_id);
    if (message.type === 'SpeechStarted' || message.type === 'SpeechEnded')
      events.push(`${message.ordinal} ${message.type} ${message.time}`);
    if (message.type !== 'Emotion') return;
    events.push(`${message.ordinal} ${message.id.replace(message.session_id, '')} ${message.is_final}`);
    results.push(message);
  });
  return heard;
}

async function play(stream: Recognizer, audio: Uint8Array): Promise<void> {
  const startMs = performance.now();
  for (let at = 0; at < audio.length; at += packetBytes) {
    await stream.write(audio.subarray(at, at + packetBytes));
    const waitMs = startMs + at / 32 + 100 - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
  await stream.close();
}

test('a server is killed amid 200 streams, or as many as the machine carries: another one goes on with all of them, id by id and score by score', async () => {
  const [first, second] = [await start(), await start()];
  const pieces = piecesOf({ variants: 8, seconds });
  const undisturbed = await Promise.all(
    pieces.map(async (audio) => {
      const stream = new Recognizer({ url: second.url, intervalMs: 500 });
      const heard = listen(stream);
      await play(stream, audio);
      return heard;
    }),
  );

  const capacity = Math.min(await first.capacity(), await second.capacity());
  const streams = Math.min(mostStreams, Math.floor(capacity * 0.8));
  expect(streams).toBeGreaterThanOrEqual(10);

  const killed = new Promise((resolve) => setTimeout(resolve, 3000 + Math.random() * 4000)).then(() =>
    first.kill(),
  );
  const moved = await Promise.all(
    Array.from({ length: streams }, async (_, i) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 2000));
      const reconnect = { urls: [second.url], firstDelayMs: 200 };
      const stream = new Recognizer({ url: first.url, intervalMs: 500, reconnect });
      const heard = listen(stream);
      await play(stream, pieces[i % pieces.length]!);
      return heard;
    }),
  );
  await killed;

  expect(moved.filter(({ reconnects }) => reconnects > 0)).toHaveLength(streams);
  for (const [i, heard] of moved.entries()) {
    const expected = undisturbed[i % pieces.length]!;
    expect(expected.events.length).toBeGreaterThan(3);
    expect(heard.sessions.size).toBe(1);
    expect(heard.events).toEqual(expected.events);
    for (const [j, result] of heard.results.entries()) {
      const { scores } = expected.results[j]!;
      for (const [label, score] of Object.entries(result.scores!))
        expect(score).toBeCloseTo(scores![label]!, 6);
    }
  }
});
