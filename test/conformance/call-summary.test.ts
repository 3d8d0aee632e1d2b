/** What a summary says of a whole call: the same through every door, in any packets and across a move; and true. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Recognizer } from '@undertone/client-sdk';
import { LocalModel } from '@undertone/client-sdk/local';
import type { SummaryMessage } from '@undertone/proto';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import wavefile from 'wavefile';
import { analyze, messagesOf } from '../support/analyze-client.ts';
import { differences } from '../support/differences.ts';
import { testModelFolder } from '../support/model.ts';
import { lastCheckpoint, ordinalsOf, restore } from '../support/restoring.ts';
import { startServer } from '../support/server.ts';
import { StreamClient } from '../support/stream-client.ts';

interface CallIndex {
  readonly turns: readonly { readonly channel: number; readonly start: number; readonly end: number }[];
}

const demo = new URL('../../demo/', import.meta.url);
const file = readFileSync(new URL('call.wav', demo));
const index = JSON.parse(readFileSync(new URL('call.json', demo), 'utf8')) as CallIndex;
const wav = new wavefile.WaveFile(new Uint8Array(file));
const { sampleRate } = wav.fmt as { sampleRate: number };
const encoding = wav.bitDepth === '8m' ? 'mulaw' : 'linear16';
const frameBytes = encoding === 'mulaw' ? 2 : 4;
const audio = new Uint8Array((wav.data as unknown as { samples: Uint8Array }).samples);
const who = 'channel_roles=customer,agent&analyze=customer,agent&purpose=safety';
const query = `encoding=${encoding}&sample_rate=${sampleRate}&channels=2&${who}`;

let server: UndertoneServer;
let other: UndertoneServer;
let expected: SummaryMessage;
beforeAll(async () => {
  const checkpointKey = [randomBytes(32).toString('base64url')];
  const config = { allowRole: ['agent' as const], checkpointKey, checkpointMs: 1000, drainSeconds: 0 };
  server = await startServer(config);
  other = await startServer(config);
  const client = await StreamClient.open(server.url, query);
  client.sendAudio(audio, 16_000);
  expected = partsOf(await client.finish());
});
afterAll(() => Promise.all([server.close(), other.close()]));

/** What follows from the audio. */
function partsOf(summary: SummaryMessage): SummaryMessage {
  const { session_id: _, seq: __, ...rest } = summary as SummaryMessage & { session_id: string; seq: number };
  return rest;
}

test('says how the demo call was put together', () => {
  const [customer, agent] = expected.per_channel;
  // Nobody cuts in, and both take turns.
  const changes = index.turns.filter(({ channel }, i) => channel !== index.turns[i - 1]?.channel);
  const turns = [0, 1].map((channel) => changes.filter((turn) => turn.channel === channel).length);
  expect([customer!.talk!.turns, agent!.talk!.turns]).toEqual(turns);
  expect([customer!.talk!.interruptions, agent!.talk!.interruptions]).toEqual([0, 0]);
  expect(expected.conversation!.overlap_s).toBe(0);
  // Clips begin and end with silence, so speech is less than they are long.
  for (const [channel, { talk, audio_s }] of expected.per_channel.entries()) {
    const clips = index.turns.filter((turn) => turn.channel === channel);
    const longest = clips.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(talk!.talk_ratio * audio_s).toBeLessThan(longest);
    expect(talk!.talk_ratio * audio_s).toBeGreaterThan(0.6 * longest);
    expect(talk!.talk_ratio + talk!.silence_ratio).toBeCloseTo(1, 9);
  }
  const talking = expected.per_channel.reduce((sum, { talk }) => sum + talk!.talk_ratio, 0);
  expect(expected.conversation!.silence_ratio).toBeCloseTo(1 - talking, 2);
  for (const { mood } of expected.per_channel) {
    expect(Object.values(mood!.share).reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(mood!.course.map(({ time }) => time)).toEqual(
      [...mood!.course.map(({ time }) => time)].sort((a, b) => a - b),
    );
    expect(mood!.relative.valence).toBeCloseTo(mood!.valence - mood!.baseline.valence, 9);
  }
});

test('says of a customer who is analysed alone what it says with the agent, and nothing of the conversation', async () => {
  const client = await StreamClient.open(
    server.url,
    query.replace('analyze=customer,agent', 'analyze=customer'),
  );
  client.sendAudio(audio, 16_000);
  const alone = partsOf(await client.finish());
  expect(alone).not.toHaveProperty('conversation');
  const { turns: _, interruptions: __, ...talk } = expected.per_channel[0]!.talk!;
  expect(differences(alone.per_channel, [{ ...expected.per_channel[0]!, talk }], 1e-4)).toEqual([]);
});

test.each([99, 320, 4321])(
  'is the same in packets of %d bytes, whatever interim results are asked for',
  async (packet) => {
    const client = await StreamClient.open(server.url, `${query}&interim_results=false&interval_ms=5000`);
    client.sendAudio(audio, packet);
    expect(differences(expected, partsOf(await client.finish()), 1e-4)).toEqual([]);
  },
);

test('is the same of a file that is uploaded', async () => {
  const messages = await messagesOf(await analyze(server, new Uint8Array(file), who));
  expect(differences(expected, partsOf(messages.at(-1) as SummaryMessage), 1e-4)).toEqual([]);
});

test('is the same of the recogniser of this device', async () => {
  const model = await LocalModel.load(testModelFolder());
  const recognizer = new Recognizer({
    mode: 'local',
    model,
    encoding,
    sampleRateHz: sampleRate,
    channels: 2,
    channelRoles: ['customer', 'agent'],
    analyze: ['customer', 'agent'],
  });
  await recognizer.write(audio);
  const summary = await recognizer.close();
  await model.close();
  expect(differences(expected, partsOf(summary), 1e-4)).toEqual([]);
});

test.each([11.3, 29.7])('is the same of a call that moves to another server at %f s', async (second) => {
  const client = await StreamClient.open(server.url, `${query}&checkpoints=true`);
  const cut = Math.round(second * sampleRate) * frameBytes;
  client.sendAudio(audio.subarray(0, cut), 3200);
  while (lastCheckpoint(client.messages).time < second - 5) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  client.socket.terminate();
  await client.closed;
  const { checkpoint } = lastCheckpoint(client.messages);
  const next = await restore(other.url, checkpoint, ordinalsOf(client.messages, 2));
  next.sendAudio(audio.subarray(next.of('Begin')[0]!.sample! * frameBytes), 3200);
  expect(differences(expected, partsOf(await next.finish()), 1e-4)).toEqual([]);
});
