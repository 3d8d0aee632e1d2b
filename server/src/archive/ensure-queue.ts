/** The queue of jobs, the stream of those that were given up, and the consumer of all workers: made where not there. */
import { AckPolicy, DeliverPolicy, JetStreamApiError, type JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { type ArchiveNames, archiveStreams } from '@undertone/proto';

/** JetStream's codes of streams and consumers that are not there. */
const notThere = new Set([10_059, 10_014]);
const mostOutstanding = 20_000;

export interface QueueSettings {
  /** Copies that a cluster keeps. */
  readonly replicas: number;
  readonly ackWaitSeconds: number;
}

/**
 * What is there stays as it is.
 * @returns milliseconds after which a job whose worker says nothing goes to another
 */
export async function ensureQueue(
  manager: JetStreamManager,
  names: ArchiveNames,
  { replicas, ackWaitSeconds }: QueueSettings,
): Promise<number> {
  for (const stream of archiveStreams(names, replicas)) {
    if (await unlessThere(manager.streams.info(stream.name))) continue;
    await manager.streams.add(stream);
  }
  const { jobStream, consumer } = names;
  const found = await unlessThere(manager.consumers.info(jobStream, consumer));
  if (found) return Number(found.config.ack_wait) / 1e6;
  await manager.consumers.add(jobStream, {
    durable_name: consumer,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: nanos(ackWaitSeconds * 1000),
    // Workers count deliveries themselves: one that JetStream gave up would be nobody's.
    max_deliver: -1,
    max_ack_pending: mostOutstanding,
    max_waiting: mostOutstanding,
  });
  return ackWaitSeconds * 1000;
}

async function unlessThere<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (error instanceof JetStreamApiError && notThere.has(error.code)) return null;
    throw error;
  }
}
