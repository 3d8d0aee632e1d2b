/** Calls that JetStream keeps, for operators: over real HTTP, from a real nats-server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import type { ServerConfig, UndertoneServer } from '@undertone/server';
import { afterAll, afterEach, expect, test } from 'vitest';
import { hashApiKey, newApiKey } from '../../server/src/auth/api-key.ts';
import { formatKeyFile } from '../../server/src/auth/key-file.ts';
import { NatsServer } from '../support/nats-server.ts';
import { get, startServer } from '../support/server.ts';
import { bytesOf, interleave, speech } from '../support/speech.ts';
import { StreamClient } from '../support/stream-client.ts';

const folder = mkdtempSync(join(tmpdir(), 'undertone-calls-'));
afterAll(() => rmSync(folder, { recursive: true }));
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Answer {
  readonly status: number;
  readonly code?: string;
  readonly events: readonly { readonly subject: string; readonly data: Record<string, unknown> }[];
  readonly after: number;
  readonly hasMore: boolean;
  readonly malformed: number;
}

let server: UndertoneServer;
async function start(config: Partial<ServerConfig> = {}): Promise<void> {
  server = await startServer({ rateLimit: 0, shutdownGraceMs: 500, ...config });
  closing.push(() => server.close());
}
async function startWithNats(): Promise<NatsServer> {
  const nats = await NatsServer.create();
  closing.push(() => nats.remove());
  await nats.start();
  await start({ natsUrl: [nats.url], natsStream: 'results', allowRole: ['agent'] });
  return nats;
}

async function ask(path: string): Promise<Answer> {
  const response = await get(server, path);
  return { status: response.status, ...(await response.json()) } as Answer;
}

const both = bytesOf(interleave(speech('speech_angry_f'), speech('speech_calm_m')));
async function call(): Promise<string> {
  const query =
    'channels=2&analyze=customer,agent&purpose=safety&tag=tag-of-mine&metadata.customer=number-17';
  const client = await StreamClient.open(server.url, query);
  client.sendAudio(both, 6400);
  await client.finish();
  return (await client.first('Begin')).session_id;
}

async function kept(session: string): Promise<Answer> {
  for (;;) {
    const answer = await ask(`/v1/operator/calls/${session}/events`);
    if (answer.status !== 200 || answer.events.some(({ data }) => data.type === 'Summary')) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test('a call is listed, and its events come page by page, without who it is and how the agent sounds', async () => {
  await startWithNats();
  const sessions = [await call(), await call()];
  const whole = await kept(sessions[1]!);
  expect(whole).toMatchObject({ status: 200, hasMore: false, malformed: 0 });
  const types = whole.events.map(({ data }) => data.type);
  expect(types[0]).toBe('Begin');
  expect(types.at(-1)).toBe('Summary');
  expect(types).toContain('Emotion');
  const text = JSON.stringify(whole);
  expect(text).not.toMatch(/tag-of-mine|number-17|"role":"agent"/);
  expect(new Set(whole.events.map(({ subject }) => subject))).toEqual(new Set([sessions[1]]));

  const paged: unknown[] = [];
  let after = 0;
  for (let hasMore = true; hasMore; ) {
    const page = await ask(`/v1/operator/calls/${sessions[1]}/events?limit=1&after=${after}`);
    paged.push(...page.events);
    ({ after, hasMore } = page);
  }
  expect(paged).toEqual(whole.events);
  expect(after).toBe(whole.after);
  // Asked again later, there is nothing new.
  expect(await ask(`/v1/operator/calls/${sessions[1]}/events?after=${after}`)).toMatchObject({
    events: [],
    after,
  });

  const listed = await ask('/v1/operator/calls');
  expect(listed.events.map(({ subject }) => subject)).toEqual(sessions);
  expect(await ask('/v1/operator/calls?limit=1')).toMatchObject({
    hasMore: true,
    events: [{ subject: sessions[0] }],
  });
  expect(await ask('/v1/operator/calls/ut_nobody/events')).toMatchObject({
    status: 200,
    events: [],
    hasMore: false,
  });
  // A name that would be every session is one that nobody has.
  expect((await ask('/v1/operator/calls/*/events')).events).toEqual([]);
  expect((await ask('/v1/operator/calls/%3E/events')).events).toEqual([]);
});

test('what is no event is counted and holds up nothing', async () => {
  const nats = await startWithNats();
  const session = await call();
  await kept(session);
  const connection = await connect({ servers: nats.url });
  closing.push(() => connection.close());
  for (const text of ['nonsense', '[]', '{"data":{}}'])
    await jetstream(connection).publish(`undertone.v1.default.${session}.emotion`, text);
  expect((await kept(session)).malformed).toBe(3);
});

test('pages of large events are cut short, and together have all of them', async () => {
  const nats = await startWithNats();
  const connection = await connect({ servers: nats.url });
  closing.push(() => connection.close());
  const event = (n: number): string =>
    JSON.stringify({
      ...{ specversion: '1.0', id: `ut_big:Gap:${n}`, type: 'undertone.v1.gap', subject: 'ut_big' },
      data: { type: 'Gap', start: n, duration: 1, reason: 'x'.repeat(900_000) },
    });
  // Until the server has made the stream, nothing takes them.
  await kept(await call());
  for (let n = 0; n < 7; n++)
    await jetstream(connection).publish('undertone.v1.default.ut_big.gap', event(n));
  const first = await ask('/v1/operator/calls/ut_big/events');
  expect(first).toMatchObject({ hasMore: true });
  expect(first.events).toHaveLength(5);
  const rest = await ask(`/v1/operator/calls/ut_big/events?after=${first.after}`);
  expect(rest).toMatchObject({ hasMore: false });
  expect([...first.events, ...rest.events].map(({ data }) => data.start)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

test('more questions at a time than four are refused while NATS thinks', async () => {
  const nats = await startWithNats();
  await kept(await call());
  nats.freeze();
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask('/v1/operator/calls')));
  nats.resume();
  expect(answers.map(({ code }) => code).sort()).toEqual([
    ...Array.from({ length: 4 }, () => 'connection_failed'),
    ...Array.from({ length: 2 }, () => 'overloaded'),
  ]);
});

test('without NATS there is nothing, with NATS away it is said, and when it is back it works', async () => {
  await start();
  expect(await ask('/v1/operator/calls')).toMatchObject({ status: 404, code: 'not_found' });
  await server.close();
  const nats = await startWithNats();
  const session = await call();
  await kept(session);
  await nats.kill();
  expect(await ask('/v1/operator/calls')).toMatchObject({ status: 503, code: 'connection_failed' });
  await nats.start();
  await expect.poll(async () => (await ask('/v1/operator/calls')).status, { timeout: 20_000 }).toBe(200);
  expect((await kept(session)).events.length).toBeGreaterThan(2);
});

test('only operators may look', async () => {
  const [operatorKey, callerKey] = [newApiKey(), newApiKey()];
  const keysFile = join(folder, 'keys.json');
  writeFileSync(
    keysFile,
    formatKeyFile([
      { id: 'supervisor', sha256: hashApiKey(operatorKey), operator: true },
      { id: 'caller', sha256: hashApiKey(callerKey) },
    ]),
  );
  await start({ keysFile });
  for (const path of ['/v1/operator/calls', '/v1/operator/calls/ut_1/events']) {
    const url = `http://127.0.0.1:${server.port}${path}`;
    const status = async (key: string): Promise<number> =>
      (await fetch(url, { headers: { Authorization: `Bearer ${key}` } })).status;
    expect([(await fetch(url)).status, await status(newApiKey()), await status(callerKey)]).toEqual([
      401, 401, 403,
    ]);
    expect(await status(operatorKey)).toBe(404);
  }
});
