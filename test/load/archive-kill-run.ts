/**
 * Workers that are killed while they go through an archive, and what is in the stream afterwards: of each recording what
 * `POST /v1/analyze` answers, each event once, in order. The stream forgets ids after a second, long before a job of a
 * killed worker goes to another, so that it is not what sees to it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamManager, jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { archiveNames, archiveSessionId, type ServerMessage } from '@undertone/proto';
import { testModelFolder } from '../support/model.ts';
import { NatsServer } from '../support/nats-server.ts';
import { makeQueue, recordings, writeRecording } from './archive-recordings.ts';
import { seededRandom } from './seeded-random.ts';
import { WorkerProcess } from './worker-process.ts';

export interface ArchiveKillPlan {
  readonly recordings: number;
  /** Of the shortest and the longest recording. */
  readonly seconds: readonly [number, number];
  /** At a time. */
  readonly workers: number;
  readonly kills: number;
  readonly seed: number;
  readonly isBuilt: boolean;
  /** Messages of `POST /v1/analyze` of a server with `alerts: on`. */
  readonly analyze: (wav: Uint8Array) => Promise<readonly ServerMessage[]>;
}

export interface ArchiveKillReport {
  readonly recordings: number;
  readonly started: number;
  readonly kills: number;
  /** Jobs that more than one worker had. */
  readonly redelivered: number;
  readonly expected: number;
  /** Of those that are expected. */
  readonly alerts: number;
  readonly stored: number;
  readonly missing: number;
  readonly duplicates: number;
  readonly outOfOrder: number;
  /** Events whose label is another than that of the same file sent to a server. */
  readonly different: number;
  readonly dead: number;
  readonly seconds: number;
}

const tenant = 'kills';
const stream = 'results';

export async function runArchiveKills(plan: ArchiveKillPlan): Promise<ArchiveKillReport> {
  const nats = await NatsServer.create();
  const folder = await mkdtemp(join(tmpdir(), 'undertone-archive-'));
  const running = new Set<WorkerProcess>();
  await nats.start();
  const connection = await connect({ servers: nats.url });
  try {
    const names = archiveNames(tenant);
    const js = jetstream(connection);
    const manager = await js.jetstreamManager(false);
    const random = seededRandom(plan.seed);
    const recordingOf = await recordings();
    const expected = new Map<string, readonly ServerMessage[]>();
    await makeQueue(js, names);
    for (let i = 0; i < plan.recordings; i++) {
      const [shortest, longest] = plan.seconds;
      const wav = recordingOf(i, shortest + random() * (longest - shortest));
      const id = `job-${i}`;
      await writeRecording(folder, `${i % 7}/call ${i}.wav`, wav);
      const source = `file:${i % 7}/call%20${i}.wav`;
      await js.publish(names.jobSubject(id), JSON.stringify({ id, source, params: {} }));
      expected.set(archiveSessionId(id), (await plan.analyze(wav)).filter(isDurable));
    }
    const total = [...expected.values()].reduce((sum, messages) => sum + messages.length, 0);
    let [started, killed] = [0, 0];
    const start = (): void => {
      started++;
      running.add(
        WorkerProcess.start(
          [
            ...['--model', testModelFolder(), '--log-level', 'silent', '--tenant', tenant, '--workers', '1'],
            ...['--nats-url', nats.url, '--nats-stream', stream, '--nats-duplicate-window-seconds', '1'],
            ...['--archive-root', folder, '--archive-recordings', '3', '--archive-ack-wait-seconds', '2'],
            ...['--archive-max-deliveries', '1000', '--alerts', 'on'],
          ],
          plan.isBuilt,
        ),
      );
    };
    const startMs = performance.now();
    for (let i = 0; i < plan.workers; i++) start();
    let killAt = (random() * total) / plan.kills;
    while ((await manager.streams.info(names.jobStream)).state.messages > 0) {
      await sleep(2);
      if (killed === plan.kills || (await storedIn(manager)) < killAt) continue;
      const victims = [...running];
      const victim = victims[Math.floor(random() * victims.length)]!;
      running.delete(victim);
      await victim.kill();
      killed++;
      killAt = ((killed + random()) * total) / plan.kills;
      start();
    }
    const seconds = (performance.now() - startMs) / 1000;
    const { delivered, ack_floor } = await manager.consumers.info(names.jobStream, names.consumer);
    return {
      recordings: plan.recordings,
      started,
      kills: killed,
      redelivered: delivered.consumer_seq - ack_floor.stream_seq,
      expected: total,
      alerts: [...expected.values()].flat().filter(({ type }) => type === 'Alert').length,
      ...(await compare(manager, expected)),
      dead: (await manager.streams.info(names.deadStream)).state.messages,
      seconds: Math.round(seconds * 10) / 10,
    };
  } finally {
    for (const worker of running) await worker.kill();
    await connection.close();
    await nats.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

async function storedIn(manager: JetStreamManager): Promise<number> {
  const found = await manager.streams.info(stream).catch(() => null);
  return found?.state.messages ?? 0;
}

async function compare(
  manager: JetStreamManager,
  expected: ReadonlyMap<string, readonly ServerMessage[]>,
): Promise<Pick<ArchiveKillReport, 'stored' | 'missing' | 'duplicates' | 'outOfOrder' | 'different'>> {
  const stored = new Map<string, { id: string; data: ServerMessage }[]>();
  const count = await storedIn(manager);
  const consumer = await manager.jetstream().consumers.get(stream);
  let read = 0;
  for await (const message of await consumer.consume({ max_messages: 2000 })) {
    const { id, data } = message.json<{ id: string; data: ServerMessage }>();
    stored.set(data.session_id, [...(stored.get(data.session_id) ?? []), { id, data }]);
    if (++read === count) break;
  }
  let [missing, duplicates, outOfOrder, different] = [0, 0, 0, 0];
  for (const [session, messages] of expected) {
    const found = stored.get(session) ?? [];
    const wanted = messages.map((message) => idOf(message, session));
    duplicates += found.length - new Set(found.map(({ id }) => id)).size;
    missing += wanted.filter((id) => !found.some((each) => each.id === id)).length;
    for (const [i, { id, data }] of found.entries()) {
      if (id !== wanted[i]) outOfOrder++;
      else if (labelOf(data) !== labelOf(messages[i]!)) different++;
    }
  }
  return { stored: count, missing, duplicates, outOfOrder, different };
}

const isDurable = (message: ServerMessage): boolean =>
  message.type === 'Emotion' ? message.is_final : ['Begin', 'Gap', 'Alert', 'Summary'].includes(message.type);

/** The event's id, had the message been one of this session. */
function idOf(message: ServerMessage, session: string): string {
  if (message.type === 'Alert') return `${message.id.replace(message.session_id, session)}:${message.state}`;
  return 'id' in message && typeof message.id === 'string'
    ? message.id.replace(message.session_id, session)
    : `${session}:${message.type}`;
}

const labelOf = (message: ServerMessage): unknown =>
  message.type === 'Emotion'
    ? message.label
    : message.type === 'Summary'
      ? JSON.stringify(message.per_channel.map(({ label, segments }) => [label, segments]))
      : null;
