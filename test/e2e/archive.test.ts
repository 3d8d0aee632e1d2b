/** Workers as processes, from source, on a real nats-server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type JetStreamClient, jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { type ArchiveDeadLetter, archiveNames } from '@undertone/proto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureQueue } from '../../server/src/archive/ensure-queue.ts';
import { runArchiveKills } from '../load/archive-kill-run.ts';
import { header, makeQueue, recordings, writeRecording } from '../load/archive-recordings.ts';
import { WorkerProcess } from '../load/worker-process.ts';
import { analyze, messagesOf } from '../support/analyze-client.ts';
import { testModelFolder } from '../support/model.ts';
import { NatsServer } from '../support/nats-server.ts';
import { startServer } from '../support/server.ts';
import { runCommand } from './run-command.ts';

const names = archiveNames('default');
const closing: (() => Promise<unknown>)[] = [];
let nats: NatsServer;
let js: JetStreamClient;
let folder: string;
beforeEach(async () => {
  nats = await NatsServer.create();
  closing.push(() => nats.remove());
  await nats.start();
  const connection = await connect({ servers: nats.url });
  closing.push(() => connection.close());
  js = jetstream(connection);
  await makeQueue(js, names);
  folder = await mkdtemp(join(tmpdir(), 'undertone-archive-'));
  closing.push(() => rm(folder, { recursive: true }));
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function startWorker(...args: string[]): WorkerProcess {
  const worker = WorkerProcess.start(
    [
      ...['--model', testModelFolder(), '--workers', '1', '--log-level', 'silent', '--archive-root', folder],
      ...['--nats-url', nats.url, '--nats-stream', 'results', ...args],
    ],
    false,
  );
  closing.push(() => worker.kill());
  return worker;
}

async function enqueue(id: string, source = `file:${id}.wav`): Promise<void> {
  await js.publish(names.jobSubject(id), JSON.stringify({ id, source, params: {} }));
}

async function messages(stream: string): Promise<number> {
  const manager = await js.jetstreamManager(false);
  return (await manager.streams.info(stream)).state.messages;
}

const queueIsEmpty = (): Promise<void> =>
  expect.poll(() => messages(names.jobStream), { timeout: 30_000, interval: 50 }).toBe(0);

async function deadLetters(): Promise<readonly ArchiveDeadLetter[]> {
  const manager = await js.jetstreamManager(false);
  const letters: ArchiveDeadLetter[] = [];
  const { state } = await manager.streams.info(names.deadStream);
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    const found = await manager.streams.getMessage(names.deadStream, { seq });
    if (found) letters.push(found.json());
  }
  return letters.sort((a, b) => a.id.localeCompare(b.id));
}

test('workers that are killed lose and repeat nothing: what the stream has is what a server answers', async () => {
  const server = await startServer({ rateLimit: 0, alerts: 'on' });
  closing.push(() => server.close());
  const {
    redelivered,
    alerts,
    seconds: _,
    ...report
  } = await runArchiveKills({
    recordings: 40,
    seconds: [4, 20],
    workers: 2,
    kills: 3,
    seed: 5,
    isBuilt: false,
    analyze: async (wav) => messagesOf(await analyze(server, wav as Uint8Array<ArrayBuffer>)),
  });
  expect(report).toEqual({
    recordings: 40,
    started: 5,
    kills: 3,
    expected: report.expected,
    stored: report.expected,
    missing: 0,
    duplicates: 0,
    outOfOrder: 0,
    different: 0,
    dead: 0,
  });
  expect(redelivered).toBeGreaterThan(0);
  expect(alerts).toBeGreaterThan(0);
});

test('what is none goes to the dead letters with the reason and stops nobody, and what is done is not done again', async () => {
  const wav = (await recordings())(0, 5);
  await writeRecording(folder, 'good.wav', wav);
  await writeRecording(folder, 'text.wav', Buffer.from('no audio at all'));
  await writeRecording(folder, 'empty.wav', new Uint8Array(0));
  await writeRecording(folder, 'long.wav', Buffer.concat([header(8000 * 40), Buffer.alloc(8000 * 40)]));
  await writeRecording(folder, 'large.wav', Buffer.concat([header(500_000), Buffer.alloc(500_000)]));
  await writeRecording(folder, 'cut.wav', wav.subarray(0, 20_000));
  const liar = Buffer.from(wav);
  // 16 bits a sample, says the header of mu-law.
  liar.writeUInt16LE(16, 34);
  await writeRecording(folder, 'liar.wav', liar);
  for (const id of ['text', 'empty', 'long', 'large', 'cut', 'liar', 'missing']) await enqueue(id);
  await enqueue('outside', 'file:../good.wav');
  await enqueue('inside', 'http://127.0.0.1:1/latest/meta-data');
  await js.publish(names.jobSubject('no-json'), '{');
  await js.publish(names.jobSubject('other'), JSON.stringify({ id: 'another', source: 'file:good.wav' }));
  await enqueue('good');
  const worker = startWorker('--max-analyze-seconds', '30', '--max-analyze-bytes', '400000');
  await queueIsEmpty();
  const letters = await deadLetters();
  expect(Object.fromEntries(letters.map(({ id, code }) => [id, code]))).toEqual({
    cut: 'bad_wav',
    empty: 'bad_wav',
    inside: 'forbidden',
    large: 'message_too_large',
    liar: 'unsupported_format',
    long: 'message_too_large',
    missing: 'file_not_found',
    'no-json': 'bad_message',
    other: 'bad_message',
    outside: 'forbidden',
    text: 'bad_wav',
  });
  for (const { reason, deliveries, job } of letters) {
    expect(reason).toMatch(/^Expected .*\.$/);
    expect(deliveries).toBe(1);
    expect(job).not.toBe('');
  }
  const done = await messages('results');
  expect(done).toBeGreaterThan(1);
  await enqueue('good');
  await queueIsEmpty();
  expect(await messages('results')).toBe(done);
  expect(await worker.stop()).toBe(0);
});

test('one that is told to stop ends what it has, or gives it back at once', async () => {
  const recordingOf = await recordings();
  for (let i = 0; i < 4; i++) {
    await writeRecording(folder, `r${i}.wav`, recordingOf(i, 400));
    await enqueue(`r${i}`);
  }
  // Long before a job that nobody speaks of would come again.
  const patience = ['--archive-ack-wait-seconds', '3600', '--archive-recordings', '2'];
  const first = startWorker(...patience, '--shutdown-grace-ms', '0');
  await expect.poll(() => running(), { timeout: 30_000, interval: 10 }).toBe(2);
  expect(await first.stop()).toBe(0);
  expect([await messages(names.jobStream), await summaries()]).toEqual([4, 0]);
  const second = startWorker(...patience, '--shutdown-grace-ms', '30000');
  await second.working;
  await expect.poll(() => messages(names.jobStream), { timeout: 30_000, interval: 10 }).toBeLessThan(4);
  expect(await second.stop()).toBe(0);
  expect(await summaries()).toBe(4 - (await messages(names.jobStream)));
  startWorker(...patience);
  await queueIsEmpty();
  expect([await summaries(), await messages(names.deadStream)]).toEqual([4, 0]);
});

test('one that its workers have died over is given up, and tried alone before that', async () => {
  const manager = await js.jetstreamManager(false);
  await writeRecording(folder, 'good.wav', (await recordings())(0, 5));
  await writeRecording(folder, 'poison.wav', (await recordings())(0, 5));
  await ensureQueue(manager, names, { replicas: 1, ackWaitSeconds: 30 });
  const consumer = await js.consumers.get(names.jobStream, names.consumer);
  const taken = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i++) (await consumer.next())?.nak();
  };
  await enqueue('poison');
  await taken(5);
  const worker = startWorker('--archive-max-deliveries', '5');
  await queueIsEmpty();
  expect(await deadLetters()).toMatchObject([{ id: 'poison', code: 'internal', deliveries: 6 }]);
  // One that is killed may be given what comes next, for as long as NATS does not know.
  await worker.stop();
  await enqueue('good');
  await taken(4);
  startWorker('--archive-max-deliveries', '5');
  await queueIsEmpty();
  expect([await summaries(), await messages(names.deadStream)]).toEqual([1, 1]);
});

test('NATS may be killed and come back meanwhile', async () => {
  const recordingOf = await recordings();
  for (let i = 0; i < 4; i++) {
    await writeRecording(folder, `r${i}.wav`, recordingOf(i, 200));
    await enqueue(`r${i}`);
  }
  startWorker('--archive-ack-wait-seconds', '2', '--archive-recordings', '2');
  await expect
    .poll(() => messages('results').catch(() => 0), { timeout: 30_000, interval: 5 })
    .toBeGreaterThan(3);
  await nats.kill();
  await nats.start();
  await expect
    .poll(() => messages(names.jobStream).catch(() => -1), { timeout: 60_000, interval: 100 })
    .toBe(0);
  const manager = await js.jetstreamManager(false);
  const { state } = await manager.streams.info('results');
  const ids = new Set<string>();
  for (let seq = state.first_seq; seq <= state.last_seq; seq++)
    ids.add((await manager.streams.getMessage('results', { seq }))?.header.get('Nats-Msg-Id') ?? '');
  expect([ids.size, await summaries()]).toEqual([state.messages, 4]);
});

test('the command says what keeps a worker from starting, and what it can be told', async () => {
  const main = 'server/src/main.ts';
  const [wrong, right, help] = await Promise.all([
    runCommand(main, ['worker', '--check-config', '--archive-root', join(folder, 'none')]),
    runCommand(main, [
      ...['worker', '--check-config', '--model', testModelFolder(), '--archive-root', folder],
      ...['--nats-url', nats.url, '--nats-stream', 'results'],
    ]),
    runCommand(main, ['worker', '--help']),
  ]);
  expect(wrong.code).toBe(2);
  for (const name of ['natsUrl', 'natsStream', 'archiveRoot'])
    expect(wrong.stderr).toContain(`Expected ${name}`);
  expect({ ...right }).toEqual({ code: 0, stdout: 'Nothing keeps the worker from starting.\n', stderr: '' });
  expect(help.stdout).toContain('--archive-root');
  expect(help.stdout).not.toContain('--grpc-port');
});

async function summaries(): Promise<number> {
  const manager = await js.jetstreamManager(false);
  const { state } = await manager.streams.info('results', {
    subjects_filter: 'undertone.v1.default.*.summary',
  });
  return Object.keys(state.subjects ?? {}).length;
}

/** Delivered and not acknowledged. */
async function running(): Promise<number> {
  const manager = await js.jetstreamManager(false);
  return (
    (await manager.consumers.info(names.jobStream, names.consumer).catch(() => null))?.num_ack_pending ?? 0
  );
}
