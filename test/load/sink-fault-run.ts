/** Publishes to a real nats-server that is killed again and again meanwhile, and reads back what it has. */
import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { createLogger } from '../../server/src/observability/logger.ts';
import { LaneOutbox } from '../../server/src/sink/lane-outbox.ts';
import { NatsSink } from '../../server/src/sink/nats/nats-sink.ts';
import type { SinkEvent } from '../../server/src/sink/sink.ts';
import { NatsServer } from '../support/nats-server.ts';

export interface SinkFaultPlan {
  readonly events: number;
  readonly sessions: number;
  readonly kills: number;
  /** Of events over time, as calls bring them about. */
  readonly eventsPerSecond: number;
}

export interface SinkFaultReport {
  readonly events: number;
  readonly sessions: number;
  readonly kills: number;
  /** In the stream at the end. */
  readonly stored: number;
  readonly missing: number;
  readonly duplicates: number;
  /** Events of a session that stand before one that came about earlier. */
  readonly outOfOrder: number;
  readonly failedAttempts: number;
  readonly dropped: number;
  readonly mostWaiting: number;
  readonly seconds: number;
  /** Of this process while it published, all its threads. */
  readonly cpuMicrosecondsPerEvent: number;
}

const stream = 'results';
const tickMs = 20;
/** As long as that of a final result. */
const padding = 'x'.repeat(600);

export async function runSinkFaults(plan: SinkFaultPlan): Promise<SinkFaultReport> {
  const server = await NatsServer.create();
  await server.start();
  let failedAttempts = 0;
  let dropped = 0;
  let mostWaiting = 0;
  const log = createLogger('silent');
  const settings = {
    urls: [server.url],
    tenant: 'test',
    credsFile: '',
    token: '',
    caFile: '',
    stream: { name: stream, maxAgeSeconds: 3600, maxBytes: 1e9, duplicateSeconds: 600, replicas: 1 },
  };
  const sink = await NatsSink.open(settings, log, () => dropped++);
  const outbox = new LaneOutbox({
    sink,
    maxEvents: plan.events,
    log,
    onDelivered: () => delivered(),
    onDropped: () => dropped++,
    onOverShare: () => dropped++,
    onFailed: () => failedAttempts++,
  });
  let [taken, killed] = [0, 0];
  let restarting: Promise<void> | null = null;
  /** Killed as it acknowledges, when it has stored more than it has said. */
  function delivered(): void {
    taken++;
    if (killed === plan.kills || restarting || taken < (plan.events / (plan.kills + 1)) * (killed + 1))
      return;
    killed++;
    restarting = restart(server).then(() => {
      restarting = null;
    });
  }
  try {
    const startMs = performance.now();
    const cpuBefore = process.cpuUsage();
    for (let pushed = 0; pushed < plan.events; ) {
      const due = Math.min(
        plan.events,
        Math.ceil(((performance.now() - startMs) / 1000) * plan.eventsPerSecond),
      );
      for (; pushed < due; pushed++) outbox.push(eventOf(pushed, plan.sessions));
      mostWaiting = Math.max(mostWaiting, outbox.length);
      await sleep(tickMs);
    }
    while (outbox.length > 0) await sleep(tickMs);
    await restarting;
    const { user, system } = process.cpuUsage(cpuBefore);
    const seconds = (performance.now() - startMs) / 1000;
    return {
      ...plan,
      kills: killed,
      ...(await readBack(server.url, plan)),
      failedAttempts,
      dropped,
      mostWaiting,
      seconds: round(seconds),
      cpuMicrosecondsPerEvent: round((user + system) / plan.events),
    };
  } finally {
    await outbox.close(0);
    await server.remove();
  }
}

async function restart(server: NatsServer): Promise<void> {
  await server.kill();
  await sleep(200 + Math.random() * 800);
  await server.start();
}

function eventOf(index: number, sessions: number): SinkEvent {
  const session = `ut_${index % sessions}`;
  const ordinal = Math.floor(index / sessions);
  const id = `${session}:0:${ordinal}`;
  return {
    id,
    session,
    type: 'emotion',
    isDurable: true,
    json: JSON.stringify({ id, session, ordinal, padding }),
  };
}

async function readBack(
  url: string,
  { events, sessions }: SinkFaultPlan,
): Promise<Pick<SinkFaultReport, 'stored' | 'missing' | 'duplicates' | 'outOfOrder'>> {
  const connection = await connect({ servers: url });
  const manager = await jetstreamManager(connection);
  const { state } = await manager.streams.info(stream);
  const consumer = await manager.jetstream().consumers.get(stream);
  const seen = new Set<string>();
  const last = new Map<string, number>();
  let [duplicates, outOfOrder, read] = [0, 0, 0];
  if (state.messages > 0) {
    for await (const message of await consumer.consume({ max_messages: 5000 })) {
      const { id, session, ordinal } = message.json<{ id: string; session: string; ordinal: number }>();
      if (seen.has(id)) duplicates++;
      seen.add(id);
      if (ordinal < (last.get(session) ?? -1)) outOfOrder++;
      last.set(session, ordinal);
      if (++read === state.messages) break;
    }
  }
  await connection.close();
  let missing = 0;
  for (let i = 0; i < events; i++) if (!seen.has(eventOf(i, sessions).id)) missing++;
  return { stored: state.messages, missing, duplicates, outOfOrder };
}

const round = (value: number): number => Math.round(value * 10) / 10;
