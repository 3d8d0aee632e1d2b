/** Alerts from the rules of a server, over its doors and sinks. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { UndertoneServer } from '@undertone/server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testModelFolder } from '../support/model.ts';
import { lastCheckpoint, ordinalsOf, restore } from '../support/restoring.ts';
import { get, metric, startServer } from '../support/server.ts';
import { sinkResults } from '../support/sink-results.ts';
import { bytesOf, interleave, speech } from '../support/speech.ts';
import { type MessageOf, StreamClient } from '../support/stream-client.ts';

const rules = `
rules:
  - name: voice
    kind: sustained
    dimension: arousal
    on: -1
    off: -1
    durationMs: 1000
  - name: pleased
    kind: sustained
    dimension: valence
    on: 0
    off: -0.1
    durationMs: 1000
    windowMs: 4000
    coolDownMs: 0
  - name: spell
    kind: sustained
    dimension: arousal
    on: -1
    off: -1
    durationMs: 1000
    windowMs: 2000
    coolDownMs: 0
`;
const audio = bytesOf(speech('speech_happy_f', 'speech_angry_f', 'speech_calm_m', 'speech_happy_f'));
const silence = new Uint8Array(96_000);
const spells = Buffer.concat(
  (['speech_happy_f', 'speech_angry_f', 'speech_calm_m', 'speech_sad_m'] as const).flatMap((name) => [
    bytesOf(speech(name)),
    silence,
  ]),
);
let folder: string;
let rulesFile: string;
let server: UndertoneServer;
let other: UndertoneServer;
beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/alerts-`);
  rulesFile = `${folder}/rules.yaml`;
  await writeFile(rulesFile, rules);
  const config = {
    alertRules: rulesFile,
    checkpointKey: [randomBytes(32).toString('base64url')],
    checkpointMs: 1000,
  };
  server = await startServer({ ...config, alerts: 'asked', sinkFile: `${folder}/results.jsonl` });
  other = await startServer({ ...config, alerts: 'on', allowRole: ['agent'] });
});
afterAll(() => Promise.all([server.close(), other.close()]));

async function heard(url: string, query: string, bytes = audio): Promise<StreamClient> {
  const client = await StreamClient.open(url, query);
  client.sendAudio(bytes, 6400);
  await client.finish();
  return client;
}

type Alert = MessageOf<'Alert'>;
/** Without session and number, which differ from run to run. */
const bare = ({ session_id, seq: _, id, ...rest }: Alert) => ({ ...rest, id: id.replace(session_id, '') });

test('a stream that asks for alerts has them, before the results they follow from, cleared at its end', async () => {
  const client = await heard(server.url, 'alerts=true&interval_ms=250');
  expect(client.of('Begin')[0]!.config.alerts).toBe(true);
  const voice = client.of('Alert').filter(({ rule }) => rule === 'voice');
  const { session_id } = voice[0]!;
  expect(voice).toMatchObject([
    { id: `${session_id}:voice:0:0`, state: 'opened', level: 'warn', channel: 0, role: 'unknown' },
    { id: `${session_id}:voice:0:0`, state: 'cleared', since: voice[0]!.since },
  ]);
  expect(voice[0]!.speech_s).toBeGreaterThanOrEqual(1);
  const { messages } = client;
  const next = messages.slice(messages.indexOf(voice[0]!) + 1).find(({ type }) => type !== 'Alert');
  expect(next).toMatchObject({ type: 'Emotion', end: voice[0]!.time });
  expect(messages.slice(messages.indexOf(voice[1]!) + 1).map(({ type }) => type)).toEqual([
    'Alert',
    'Summary',
  ]);
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i));
});

test('an operator sees the alerts that are open', async () => {
  const client = await StreamClient.open(server.url, 'alerts=true&interval_ms=250');
  const open = async (): Promise<unknown> => {
    const overview = await (await get(server, '/v1/operator/overview')).json();
    const stream = overview.streams.find(
      ({ id }: { id: string }) => id === client.of('Begin')[0]?.session_id,
    );
    return stream?.channels[0].alerts.filter(({ rule }: { rule: string }) => rule === 'voice');
  };
  client.sendAudio(audio, 6400);
  await expect.poll(open).toEqual([{ rule: 'voice', level: 'warn', sinceSeconds: expect.any(Number) }]);
  const [opened] = client.of('Alert').filter(({ rule }) => rule === 'voice');
  expect(await open()).toMatchObject([{ sinceSeconds: expect.closeTo(opened!.since, 2) }]);
  await client.finish();
});

test('sinks get alerts once each, under an id of their own, and the metrics count them', async () => {
  const before = await metric(server, 'undertone_alerts_total{rule="voice",state="opened"}');
  const client = await heard(server.url, 'alerts=true');
  expect(await metric(server, 'undertone_alerts_total{rule="voice",state="opened"}')).toBe(before + 1);
  const all = await sinkResults(`${folder}/results.jsonl`);
  const { session_id } = client.of('Begin')[0]!;
  const found = all.filter((message) => message.type === 'Alert' && message.session_id === session_id);
  expect(found).toEqual(client.of('Alert').map(({ seq: _, ...rest }) => rest));
});

test('a stream has no alerts unless it asks and the server allows it', async () => {
  const off = await startServer();
  try {
    for (const client of [await heard(server.url, ''), await heard(off.url, 'alerts=true')]) {
      expect(client.of('Begin')[0]!.config).not.toHaveProperty('alerts');
      expect(client.of('Alert')).toEqual([]);
    }
  } finally {
    await off.close();
  }
});

test('the voice of an agent raises no alert, though it is analysed', async () => {
  const query = 'channels=2&channel_roles=customer,agent&analyze=customer,agent&purpose=safety';
  const stereo = bytesOf(
    interleave(speech('speech_angry_f', 'speech_calm_m'), speech('speech_sad_m', 'speech_happy_f')),
  );
  const client = await heard(other.url, query, stereo);
  expect(client.of('Emotion').some(({ role }) => role === 'agent')).toBe(true);
  expect(client.of('Alert').length).toBeGreaterThan(0);
  expect(client.of('Alert').every(({ role }) => role === 'customer')).toBe(true);
});

test('a stream that moves loses no alert, and one that comes twice is the same', async () => {
  const query = 'alerts=true&checkpoints=true&interval_ms=250';
  const expected = (await heard(other.url, query, spells)).of('Alert').map(bare);
  expect(expected.length).toBeGreaterThan(3);
  for (const share of [0.2, 0.35, 0.5, 0.65, 0.8]) {
    const client = await StreamClient.open(server.url, query);
    const cut = Math.floor((spells.length * share) / 2) * 2;
    client.sendAudio(spells.subarray(0, cut), 5000);
    await client.first('Emotion');
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.socket.terminate();
    await client.closed;
    const { messages } = client;
    const next = await restore(other.url, lastCheckpoint(messages).checkpoint, ordinalsOf(messages, 1));
    expect(next.of('Error')).toEqual([]);
    const [begin] = next.of('Begin');
    expect(begin!.config.alerts).toBe(true);
    next.sendAudio(spells.subarray(begin!.sample! * 2), 5000);
    await next.finish();
    const lines = [...client.of('Alert'), ...next.of('Alert')].map((alert) => JSON.stringify(bare(alert)));
    expect([...new Set(lines)], `cut at ${share}`).toEqual(expected.map((alert) => JSON.stringify(alert)));
  }
});

test.each([
  [
    'labels of rule anger out of those of the models \\(.*\\); got angri; did you mean angry\\?',
    'rules: [{name: anger, kind: sustained, labels: [angri], on: 0.5, off: 0.5}]',
  ],
  [
    'got duration_ms; did you mean durationMs\\?',
    'rules: [{name: anger, kind: sustained, labels: [angry], on: 0.5, off: 0.5, duration_ms: 1000}]',
  ],
  ['to be YAML or JSON', 'rules: [}'],
])('a server with rules that are none does not start: %s', async (message, text) => {
  const file = `${folder}/bad.yaml`;
  await writeFile(file, text);
  await expect(startServer({ alerts: 'on', alertRules: file })).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.stringMatching(new RegExp(message)),
  });
});

test('rules are reloaded: streams that begin have the new ones, a stream that runs keeps its own', async () => {
  const file = `${folder}/reloaded.yaml`;
  const named = (name: string): string =>
    `rules: [{name: ${name}, kind: sustained, dimension: arousal, on: -1, off: -1, durationMs: 1000}]`;
  await writeFile(file, named('old'));
  const rest = { port: 0, adminPort: 0, logLevel: 'silent', model: [testModelFolder()] } as const;
  const config = { ...rest, alerts: 'on', alertRules: file } as const;
  const started = await startServer(config);
  const rulesHeard = (client: StreamClient): string[] => [
    ...new Set(client.of('Alert').map(({ rule }) => rule)),
  ];
  try {
    const running = await StreamClient.open(started.url);
    await running.first('Begin');
    await writeFile(file, named('new'));
    expect(await started.reload(() => config)).toBe(true);
    running.sendAudio(audio, 6400);
    await running.finish();
    expect(rulesHeard(running)).toEqual(['old']);
    expect(rulesHeard(await heard(started.url, ''))).toEqual(['new']);
    await writeFile(file, 'rules: [{name: newer, kind: sustaned}]');
    expect(await started.reload(() => config)).toBe(false);
    expect(rulesHeard(await heard(started.url, ''))).toEqual(['new']);
    expect(await started.reload(() => ({ ...rest, alerts: 'asked' }))).toBe(true);
    expect(rulesHeard(await heard(started.url, ''))).toEqual([]);
  } finally {
    await started.close();
  }
});

test('the rules that the page shows are rules', async () => {
  const page = await readFile(new URL('../../docs/alerts.md', import.meta.url), 'utf8');
  const file = `${folder}/page.yaml`;
  await writeFile(file, /```yaml\n(.*?)```/s.exec(page)![1]!);
  const started = await startServer({ alerts: 'on', alertRules: file });
  try {
    const client = await heard(started.url, '');
    expect(client.of('Begin')[0]!.config.alerts).toBe(true);
  } finally {
    await started.close();
  }
});
