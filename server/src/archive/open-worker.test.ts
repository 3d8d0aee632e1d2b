import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type ArchiveDeadLetter, archiveNames } from '@undertone/proto';
import { afterEach, expect, test } from 'vitest';
import { testModelFolder } from '../../../test/support/model.ts';
import { NatsServer } from '../../../test/support/nats-server.ts';
import { ensureQueue } from './ensure-queue.ts';
import { openWorker } from './open-worker.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
const call = readFileSync(new URL('../../../demo/call.wav', import.meta.url));

/** Storage that fails the first time. */
async function storage(): Promise<string> {
  let asked = 0;
  const server = createServer((_request, response) => {
    if (asked++ === 0) response.writeHead(503).end();
    else response.end(call);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a worker is ready when NATS is, tries again what storage refuses for now, and counts what it does', async () => {
  const nats = await NatsServer.create();
  closing.push(() => nats.remove());
  const store = await storage();
  const worker = await openWorker({
    model: [testModelFolder()],
    workers: 1,
    adminPort: 0,
    logLevel: 'silent',
    tenant: 'acme',
    natsUrl: [nats.url],
    natsStream: 'results',
    archiveUrls: [`${store}/calls/`],
  });
  closing.push(() => worker.close());
  const ask = async (path: string): Promise<[number, string]> => {
    const response = await fetch(`${worker.adminUrl}${path}`);
    return [response.status, await response.text()];
  };
  expect(await ask('/livez')).toEqual([200, 'ok\n']);
  expect(await ask('/readyz')).toEqual([503, 'no NATS\n']);
  await nats.start();
  await expect.poll(() => ask('/readyz'), { timeout: 20_000 }).toEqual([200, 'ok\n']);

  const connection = await connect({ servers: nats.url });
  closing.push(() => connection.close());
  const js = jetstream(connection);
  const names = archiveNames('acme');
  const manager = await js.jetstreamManager(false);
  await expect
    .poll(() => manager.consumers.info(names.jobStream, names.consumer).then(Boolean, () => false), {
      timeout: 10_000,
    })
    .toBe(true);
  const enqueue = (id: string, source: string, params = {}): Promise<unknown> =>
    js.publish(names.jobSubject(id), JSON.stringify({ id, source, params }));
  await enqueue('stored', `${store}/calls/a.wav?signature=secret`, { tag: 'of May' });
  await enqueue('agent', `${store}/calls/a.wav`, { analyze: 'agent' });
  const left = async (): Promise<number> => (await manager.streams.info(names.jobStream)).state.messages;
  await expect.poll(left, { timeout: 20_000, interval: 50 }).toBe(0);

  const found = await manager.streams.getMessage('results', {
    last_by_subj: 'undertone.v1.acme.ut_stored.begin',
  });
  expect(found!.json()).toMatchObject({ id: 'ut_stored:Begin', data: { config: { tag: 'of May' } } });
  const dead = await manager.streams.getMessage(names.deadStream, {
    last_by_subj: names.deadSubject('agent'),
  });
  expect(dead!.json<ArchiveDeadLetter>()).toMatchObject({ code: 'role_not_allowed', deliveries: 1 });
  const [, metrics] = await ask('/metrics');
  for (const line of ['{outcome="analysed"} 1', '{outcome="dead"} 1', '{outcome="retried"} 1'])
    expect(metrics).toContain(`undertone_archive_recordings_total${line}\n`);
  expect(metrics).toMatch(
    /undertone_audio_received_seconds_total\{transport="archive",encoding="mulaw"\} 90\./,
  );
  expect(metrics).toMatch(/undertone_archive_events_total\{outcome="published"\} \d/);
});

test('a recording whose results are there is no dead letter, however often it was delivered', async () => {
  const nats = await NatsServer.create();
  closing.push(() => nats.remove());
  await nats.start();
  const connection = await connect({ servers: nats.url });
  closing.push(() => connection.close());
  const [js, manager] = [jetstream(connection), await jetstreamManager(connection)];
  const names = archiveNames('acme');
  await manager.streams.add({ name: 'results', subjects: ['undertone.v1.acme.*.*'] });
  await ensureQueue(manager, names, { replicas: 1, ackWaitSeconds: 30 });
  const ids = ['there', 'missing'];
  for (const id of ids)
    await js.publish(names.jobSubject(id), JSON.stringify({ id, source: 'file:a.wav', params: {} }));
  await js.publish(names.summarySubject('there'), '{}');
  // Each is delivered twice, one time more than the worker allows.
  const consumer = await js.consumers.get(names.jobStream, names.consumer);
  for (let i = 0; i < 4; i++) {
    const message = await consumer.next();
    message!.nak();
    await connection.flush();
  }
  const worker = await openWorker({
    ...{ model: [testModelFolder()], workers: 1, adminPort: 0, logLevel: 'silent', tenant: 'acme' },
    ...{ natsUrl: [nats.url], natsStream: 'results', archiveRoot: tmpdir(), archiveMaxDeliveries: 1 },
  });
  closing.push(() => worker.close());
  const count = async (): Promise<number> => (await manager.streams.info(names.jobStream)).state.messages;
  await expect.poll(count, { timeout: 20_000 }).toBe(0);
  const dead = await manager.streams.info(names.deadStream, { subjects_filter: '>' });
  expect(Object.keys(dead.state.subjects ?? {})).toEqual([names.deadSubject('missing')]);
  await expect
    .poll(async () => await (await fetch(`${worker.adminUrl}/metrics`)).text())
    .toContain('undertone_archive_recordings_total{outcome="known"} 1');
}, 60_000);

test('what is wrong with its settings is said before anything is opened', async () => {
  await expect(openWorker({ natsUrl: ['nats://127.0.0.1:1'] })).rejects.toMatchObject({
    code: 'bad_config',
    message: expect.stringMatching(/natsStream.*\n.*archiveRoot/),
  });
});
