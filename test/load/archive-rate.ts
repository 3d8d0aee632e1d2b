/** How fast a worker goes through an archive, by the CPU that the system counts for its process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { archiveNames } from '@undertone/proto';
import { testModelFolder } from '../support/model.ts';
import { NatsServer } from '../support/nats-server.ts';
import { makeQueue, recordings, writeRecording } from './archive-recordings.ts';
import { WorkerProcess } from './worker-process.ts';

export interface ArchiveRatePlan {
  readonly recordings: number;
  /** Of each recording. */
  readonly seconds: number;
  /** Further flags of the worker. */
  readonly workerArgs?: readonly string[];
}

export interface ArchiveRate {
  /** Seconds of audio analysed, published and acknowledged for each second of CPU of the worker, all threads. */
  readonly archiveTimesRealTimePerCore: number;
  /** The same by the clock, with all cores and whatever else the machine does. */
  readonly timesRealTime: number;
  readonly recordings: number;
  readonly audioSeconds: number;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly events: number;
}

const tenant = 'bench';
const stream = 'results';

/** Of the built worker on WAV files of 8 kHz mu-law; what it spends at its start is not counted. */
export async function measureArchiveRate(plan: ArchiveRatePlan): Promise<ArchiveRate> {
  const nats = await NatsServer.create();
  const folder = await mkdtemp(join(tmpdir(), 'undertone-archive-'));
  await nats.start();
  const connection = await connect({ servers: nats.url });
  const names = archiveNames(tenant);
  const js = jetstream(connection);
  const worker = WorkerProcess.start([
    ...['--model', testModelFolder(), '--log-level', 'error', '--tenant', tenant],
    ...['--nats-url', nats.url, '--nats-stream', stream, '--archive-root', folder],
    ...(plan.workerArgs ?? []),
  ]);
  try {
    await worker.working;
    await makeQueue(js, names);
    const recordingOf = await recordings();
    const enqueue = async (id: string, index: number, seconds: number): Promise<void> => {
      await writeRecording(folder, `${id}.wav`, recordingOf(index, seconds));
      const job = { id, source: `file:${id}.wav`, params: {} };
      await js.publish(names.jobSubject(id), JSON.stringify(job));
    };
    const manager = await js.jetstreamManager(false);
    const empty = async (): Promise<void> => {
      while ((await manager.streams.info(names.jobStream)).state.messages > 0) await sleep(50);
    };
    // What V8 compiles at first is no part of an archive.
    for (let i = 0; i < 16; i++) await enqueue(`warm-${i}`, i, 10);
    await empty();
    const before = { cpu: worker.cpuSeconds(), ms: performance.now() };
    for (let i = 0; i < plan.recordings; i++) await enqueue(`recording-${i}`, i, plan.seconds);
    await empty();
    const cpuSeconds = worker.cpuSeconds() - before.cpu;
    const wallSeconds = (performance.now() - before.ms) / 1000;
    const audioSeconds = plan.recordings * plan.seconds;
    const dead = (await manager.streams.info(names.deadStream)).state.messages;
    if (dead > 0) throw new Error(`${dead} recordings went to the dead letters.`);
    return {
      archiveTimesRealTimePerCore: Math.round(audioSeconds / cpuSeconds),
      timesRealTime: Math.round(audioSeconds / wallSeconds),
      recordings: plan.recordings,
      audioSeconds,
      cpuSeconds: round(cpuSeconds),
      wallSeconds: round(wallSeconds),
      events: (await manager.streams.info(stream)).state.messages,
    };
  } finally {
    await worker.stop();
    await connection.close();
    await nats.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
