/** The stream that keeps events: made where there is none, looked at where there is one, never changed. */
import { DiscardPolicy, JetStreamApiError, jetstreamManager, StorageType } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/transport-node';
import type { Logger } from '../../observability/logger.ts';
import { durableSubjects } from './nats-subject.ts';

export interface StreamSettings {
  readonly name: string;
  readonly maxAgeSeconds: number;
  readonly maxBytes: number;
  /** Time for which an event that came before is known. */
  readonly duplicateSeconds: number;
  readonly replicas: number;
}

const streamNotFound = 10_059;

/** @throws Error when JetStream is not there or does not allow it */
export async function ensureStream(
  connection: NatsConnection,
  tenant: string,
  settings: StreamSettings,
  log: Logger,
): Promise<void> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const subject = durableSubjects(tenant);
  const { name } = settings;
  try {
    const { config } = await manager.streams.info(name);
    if (!config.subjects.some((each) => covers(each, subject)))
      log.error(
        { stream: name, subjects: config.subjects, expected: subject },
        'the stream does not take the subjects of events',
      );
    if (config.duplicate_window < nanos(settings.duplicateSeconds * 1000))
      log.warn(
        { stream: name, seconds: config.duplicate_window / 1e9, expected: settings.duplicateSeconds },
        'the stream knows duplicates for less time than natsDuplicateWindowSeconds; it is left as it is',
      );
    return;
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== streamNotFound) throw error;
  }
  await manager.streams.add({
    name,
    subjects: [subject],
    storage: StorageType.File,
    // The oldest go, so that new ones never wait for somebody to make room.
    discard: DiscardPolicy.Old,
    max_age: nanos(settings.maxAgeSeconds * 1000),
    max_bytes: settings.maxBytes,
    duplicate_window: nanos(Math.min(settings.duplicateSeconds, settings.maxAgeSeconds) * 1000),
    num_replicas: settings.replicas,
  });
  log.info({ stream: name, subject }, 'stream created');
}

/** Whether every subject of `pattern` is one of `wider` too. */
export function covers(wider: string, pattern: string): boolean {
  const [outer, inner] = [wider.split('.'), pattern.split('.')];
  for (const [i, part] of outer.entries()) {
    if (part === '>') return inner.length > i;
    if (i >= inner.length || (part !== '*' && part !== inner[i])) return false;
  }
  return outer.length === inner.length;
}
