import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { UndertoneError } from '@undertone/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { NatsServer } from '../../../../test/support/nats-server.ts';
import type { CallEvent } from '../../calls/call-event.ts';
import { CallFeed } from './call-feed.ts';
import type { FeedOptions } from './feed-options.ts';

let nats: NatsServer;
let connection: NatsConnection;
let manager: JetStreamManager;
const closing: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  nats = await NatsServer.create();
  await nats.start();
  connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'results', subjects: ['undertone.v1.acme.*.*'] });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await connection.close();
  await nats.remove();
});

const envelope = (session: string, n: number, time = 0): string =>
  JSON.stringify({
    specversion: '1.0',
    id: `${session}:Gap:${n}`,
    type: 'undertone.v1.gap',
    subject: session,
    time: new Date(time).toISOString(),
    data: { type: 'Gap', session_id: session, start: n, duration: 1, reason: 'client' },
  });

/** By which JetStream would know an event again is left out, as after its window. */
async function publish(
  session: string,
  n: number,
  text: string = envelope(session, n),
  type = 'gap',
): Promise<void> {
  await jetstream(connection).publish(`undertone.v1.acme.${session}.${type}`, text);
}

async function open(options: Partial<FeedOptions> = {}): Promise<CallFeed> {
  const feed = await CallFeed.open({ natsUrl: [nats.url], tenant: 'acme', ...options });
  closing.push(() => feed.close());
  return feed;
}

async function all(feed: AsyncIterable<CallEvent>): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of feed) ids.push(id);
  return ids;
}

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
};
const ids = (session: string, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `${session}:Gap:${from + i}`);

test('what is kept comes in order, all of it or from a time on, of all calls or one, and then it ends', async () => {
  for (let i = 0; i < 5; i++) await publish('a', i);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const middle = new Date();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await publish('b', 0);
  for (let i = 5; i < 7; i++) await publish('a', i);
  const kept = { from: 'all', follow: false } as const;
  expect(await all(await open(kept))).toEqual([...ids('a', 0, 5), 'b:Gap:0', ...ids('a', 5, 7)]);
  expect(await all(await open({ ...kept, session: 'a' }))).toEqual(ids('a', 0, 7));
  expect(await all(await open({ ...kept, from: middle }))).toEqual(['b:Gap:0', ...ids('a', 5, 7)]);
  expect(await all(await open({ ...kept, session: 'nobody' }))).toEqual([]);
  expect(await all(await open({ ...kept, types: ['Emotion', 'Alert'] }))).toEqual([]);
  expect(await all(await open({ ...kept, types: ['Gap'], session: 'b' }))).toEqual(['b:Gap:0']);
  expect(await all(await open({ ...kept, from: new Date(Date.now() + 3_600_000) }))).toEqual([]);
});

test('an event that comes twice is read once', async () => {
  for (const n of [0, 1, 0, 2, 1]) await publish('a', n);
  const feed = await open({ from: 'all', follow: false });
  expect(await all(feed)).toEqual(ids('a', 0, 3));
  expect(feed.counts).toEqual({ events: 3, doubles: 2, malformed: 0, dropped: 0 });
});

test('live: what came before does not come, what comes does, those of the moment too', async () => {
  await publish('a', 0);
  const feed = await open();
  const heard: string[] = [];
  void (async () => {
    for await (const { id } of feed) heard.push(id);
  })();
  await publish('a', 1);
  await until(() => heard.length === 1);
  connection.publish('undertone.v1.acme.a.gap.live', envelope('a', 2));
  // Another tenant's.
  connection.publish('undertone.v1.other.a.gap.live', envelope('a', 9));
  await until(() => heard.length === 2);
  await publish('a', 3);
  await until(() => heard.length === 3);
  expect(heard).toEqual(ids('a', 1, 4));
});

test('NATS killed again and again while it is read: nothing is missing and nothing comes twice', async () => {
  const states: string[] = [];
  const feed = await open({ onState: (state) => states.push(state) });
  const heard: string[] = [];
  void (async () => {
    for await (const { id } of feed) heard.push(id);
  })();
  for (let round = 0; round < 3; round++) {
    // The first round kills it before anything was read.
    if (round > 0) for (let i = 0; i < 200; i++) await publish('a', 200 * (round - 1) + i);
    if (round === 2) await until(() => heard.length > 250);
    await nats.kill();
    await until(() => states.length === 2 * round + 1);
    await nats.start();
    await until(() => states.length === 2 * round + 2);
    await connection.flush();
  }
  await publish('a', 400);
  await until(() => heard.length >= 401);
  expect(heard).toEqual(ids('a', 0, 401));
}, 60_000);

test('what is no event is counted, said, and holds up nothing', async () => {
  const hostile = [
    'nonsense',
    '',
    '[]',
    '{"specversion":"1.0"}',
    '{"specversion":"1.0","id":"x","subject":"a","type":"undertone.v1.gap","data":{"type":"Gap","start":"1e999"}}',
    '{"specversion":"1.0","id":"x","subject":"a","type":"undertone.v1.gap","data":{"type":"Gap","start":-1,"duration":1}}',
    `{"specversion":"1.0","id":"${'x'.repeat(1000)}","subject":"a","type":"undertone.v1.gap","data":{"type":"Gap"}}`,
    `{"__proto__":{"id":"x"},"specversion":"1.0","subject":"a","type":"undertone.v1.gap","data":{"type":"Gap"}}`,
  ];
  for (const text of hostile) await publish('a', 0, text);
  await publish('a', 1);
  // A type of later versions is no fault.
  await publish('a', 2, envelope('a', 2).replaceAll('Gap', 'Novelty'));
  const problems: string[] = [];
  const feed = await open({ from: 'all', follow: false, onMalformed: (problem) => problems.push(problem) });
  const events: CallEvent[] = [];
  for await (const event of feed) events.push(event);
  expect(events.map(({ id, message }) => [id, message?.type])).toEqual([
    ['a:Gap:1', 'Gap'],
    ['a:Novelty:2', undefined],
  ]);
  expect(feed.counts.malformed).toBe(hostile.length);
  expect(problems).toHaveLength(hostile.length);
});

test('a reader that is slow holds up the stream and loses nothing of it, but what is of the moment', async () => {
  for (let i = 0; i < 5000; i++) void publish('a', i);
  await connection.flush();
  while ((await manager.streams.info('results')).state.messages < 5000);
  const feed = await open({ from: 'all' });
  const reader = feed[Symbol.asyncIterator]();
  let before = -1;
  while (feed.counts.events !== before) {
    before = feed.counts.events;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  // As many as may wait, and the one that waits for room.
  expect(before).toBe(2001);
  for (let i = 0; i < 4000; i++) connection.publish('undertone.v1.acme.b.gap.live', envelope('b', i));
  await until(() => feed.counts.dropped === 2000);
  const heard: string[] = [];
  while (heard.length < 5000) {
    const { value } = await reader.next();
    if (value?.session === 'a') heard.push(value.id);
  }
  expect(heard).toEqual(ids('a', 0, 5000));
});

test('an abort ends it', async () => {
  const abort = new AbortController();
  const feed = await open({ signal: abort.signal });
  const read = all(feed);
  abort.abort();
  expect(await read).toEqual([]);
  await expect(open({ signal: abort.signal })).rejects.toMatchObject({ code: 'aborted' });
});

test.each<[string, Partial<FeedOptions>, string, RegExp]>([
  [
    'NATS is not there',
    { natsUrl: ['nats://127.0.0.1:1'] },
    'connection_failed',
    /NATS at nats:\/\/127\.0\.0\.1:1/,
  ],
  ['no address', { natsUrl: [] }, 'bad_parameter', /UNDERTONE_NATS_URL/],
  ['credentials in the address', { natsUrl: ['nats://me:secret@here:4222'] }, 'bad_parameter', /\*\*\*@here/],
  ['no stream of that name', { natsStream: 'absent' }, 'not_found', /the stream absent/],
  ['no stream of that tenant', { tenant: 'nobody' }, 'not_found', /undertone\.v1\.nobody/],
  ['a tenant that would be more than one', { tenant: '*' }, 'bad_parameter', /tenant/],
  [
    'credentials that are not there',
    { natsCredsFile: '/nonexistent/creds' },
    'file_not_found',
    /nonexistent/,
  ],
])('%s: said so', async (_, options, code, message) => {
  const failure = await open(options).catch((cause: unknown) => cause);
  expect(failure).toBeInstanceOf(UndertoneError);
  expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
  expect((failure as Error).message).not.toContain('secret');
});

test('NATS that wants a token: a wrong one is said, the right one is let in', async () => {
  const guarded = await NatsServer.create(['--auth', 'open-sesame']);
  closing.push(() => guarded.remove());
  await guarded.start();
  const natsUrl = [guarded.url];
  await expect(open({ natsUrl })).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(open({ natsUrl, natsToken: 'wrong' })).rejects.toMatchObject({ code: 'unauthorized' });
  await expect(open({ natsUrl, natsToken: 'open-sesame' })).rejects.toMatchObject({ code: 'not_found' });
});

test('NATS that lets it in no more ends it, and it says so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-nats-token-'));
  closing.push(async () => rmSync(folder, { recursive: true }));
  const config = join(folder, 'nats.conf');
  const demand = (token: string): void => writeFileSync(config, `authorization { token: ${token} }\n`);
  demand('first');
  const server = await NatsServer.create(['-c', config]);
  closing.push(() => server.remove());
  await server.start();
  const admin = await connect({ servers: server.url, token: 'first' });
  await (await jetstreamManager(admin)).streams.add({ name: 'results', subjects: ['undertone.v1.acme.*.*'] });
  await jetstream(admin).publish('undertone.v1.acme.a.gap', envelope('a', 0));
  await admin.close();
  const feed = await open({ natsUrl: [server.url], natsToken: 'first', from: 'all' });
  const reader = feed[Symbol.asyncIterator]();
  expect((await reader.next()).value).toMatchObject({ id: 'a:Gap:0' });
  await server.kill();
  demand('second');
  await server.start();
  await expect(reader.next()).rejects.toMatchObject({ code: 'unauthorized' });
}, 60_000);

test('what a listener of its state throws ends it, and nothing else', async () => {
  const thrown = new Error('of the listener');
  const feed = await open({
    onState: () => {
      throw thrown;
    },
  });
  const read = expect(all(feed)).rejects.toBe(thrown);
  await nats.kill();
  await read;
}, 60_000);

const guide = readFileSync(new URL('../../../../docs/calls.md', import.meta.url), 'utf8');
const [, publishText = '', subscribeText = ''] = /permissions: publish (.*?);\s*subscribe (.*?)\.\n/s.exec(
  guide,
)!;
const permitted = (text: string): string[] =>
  [...text.matchAll(/`([^`]+)`/g)]
    .map(([, subject]) =>
      subject!
        .replace('.STREAM.>', '.results.>')
        .replace('INFO.STREAM', 'INFO.results')
        .replace('TENANT', 'acme'),
    )
    .filter((subject) => subject !== 'STREAM');

async function guarded(publish: readonly string[], subscribe: readonly string[]): Promise<NatsServer> {
  const folder = mkdtempSync(join(tmpdir(), 'undertone-nats-users-'));
  closing.push(async () => rmSync(folder, { recursive: true }));
  const permissions = `permissions: { publish: ${JSON.stringify(publish)}, subscribe: ${JSON.stringify(subscribe)} }`;
  const users = `[{ user: admin, password: secret }, { user: reader, password: none, ${permissions} }]`;
  writeFileSync(join(folder, 'nats.conf'), `authorization { users: ${users} }\nno_auth_user: reader\n`);
  const server = await NatsServer.create(['-c', join(folder, 'nats.conf')]);
  closing.push(() => server.remove());
  await server.start();
  const admin = await connect({ servers: server.url, user: 'admin', pass: 'secret' });
  await (await jetstreamManager(admin)).streams.add({ name: 'results', subjects: ['undertone.v1.acme.*.*'] });
  await jetstream(admin).publish('undertone.v1.acme.a.gap', envelope('a', 0));
  await admin.close();
  return server;
}

test('the permissions that the documentation names are enough, and all of them are needed', async () => {
  const [publishes, subscribes] = [permitted(publishText), permitted(subscribeText)];
  expect([publishes.length, subscribes.length]).toEqual([4, 2]);
  const enough = await guarded(publishes, subscribes);
  for (const from of ['all', new Date(Date.now() - 3_600_000)] as const)
    expect(await all(await open({ natsUrl: [enough.url], from, follow: false }))).toEqual(['a:Gap:0']);
  for (const subject of publishes) {
    const { url } = await guarded(
      publishes.filter((each) => each !== subject),
      subscribes,
    );
    const read = async (): Promise<string[]> =>
      await all(await open({ natsUrl: [url], from: 'all', follow: false }));
    await expect(read()).rejects.toMatchObject({ code: 'forbidden' });
  }
});
