/** Puts a worker together: models in recognition threads, the session host over them, NATS, and the admin listener. */
import { hostname } from 'node:os';
import { type Consumer, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { UndertoneError } from '@undertone/core';
import { archiveNames } from '@undertone/proto';
import { AdminListener } from '../admin/admin-listener.ts';
import { CapacityGate } from '../admission/capacity-gate.ts';
import { openAlertRules } from '../alerts/open-alert-rules.ts';
import { Closing } from '../closing.ts';
import type { ServerConfig } from '../config/fields.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import { openRecognition } from '../inference/open-recognition.ts';
import type { RecognitionPool } from '../inference/recognition-pool.ts';
import { modelId, readModels, ServedModels } from '../inference/served-models.ts';
import { createLogger, type Logger } from '../observability/logger.ts';
import { createMetrics, type ServerMetrics } from '../observability/metrics.ts';
import { SessionHost } from '../session/session-host.ts';
import { natsConnectionOptions } from '../sink/nats/connection-options.ts';
import { ensureStream } from '../sink/nats/ensure-stream.ts';
import { NatsLink } from '../sink/nats/nats-link.ts';
import { Sinks } from '../sink/sinks.ts';
import { serverVersion } from '../version.ts';
import { ArchiveWorker } from './archive-worker.ts';
import { ensureQueue } from './ensure-queue.ts';
import { FolderSource } from './folder-source.ts';
import { QueueWatch } from './queue-watch.ts';
import { type RecordingSource, RecordingStore } from './recording-store.ts';
import { ResultWriter } from './result-writer.ts';
import { UrlSource } from './url-source.ts';
import { workerProblems } from './worker-problems.ts';

const readyDeadlineMs = 10_000;
const recordingsPerThread = 32;

export interface OpenWorker {
  /** Of the admin listener; null when there is none. */
  readonly adminUrl: string | null;
  /** Takes no more recordings, ends those that it has or gives them back, and stops. Idempotent. */
  close(): Promise<void>;
}

/**
 * Does not wait for NATS.
 * @throws UndertoneError `bad_config`, `file_not_found`, `bad_manifest`, `model_mismatch`
 */
export async function openWorker(options: Partial<ServerConfig>): Promise<OpenWorker> {
  const config = forRecordings(resolveConfig(options));
  const problems = workerProblems(config);
  if (problems.length > 0) throw new UndertoneError('bad_config', problems.join('\n'));
  const log = createLogger(config.logLevel);
  const closing = new Closing();
  try {
    const folders = await readModels(config.model);
    const models = folders.map(({ manifest }) => ({
      model: modelId(manifest),
      model_sha: Object.values(manifest.files)[0]!.sha256,
    }));
    const alertRules = openAlertRules(
      config,
      folders.flatMap(({ manifest }) => manifest.labels),
    );
    const metrics: ServerMetrics = createMetrics({
      sessions: () => host.sessionCounts(),
      capacity: () => recordings,
      loadRatio: () => worker.running / recordings,
      sendBufferBytes: () => 0,
      draining: () => worker.isStopping,
      sinkBacklog: () => [],
      archiveJobs: () => watch.jobs,
      version: serverVersion,
      models,
    });
    closing.add(() => metrics.close());
    const pool = await openRecognition(config, folders, metrics, log);
    closing.add(() => pool.close());
    const recordings = config.archiveRecordings || recordingsPerThread * pool.load.threads;
    const services = {
      config,
      metrics,
      log,
      sinks: new Sinks([], ''),
      ...alertRules,
      now: () => performance.now(),
    };
    const served = new ServedModels(pool.models);
    // A recording that is delivered twice has to give the same results: no canary. Nobody waits for it to be compared, either.
    served.prepare({ ...config, canaryModel: '', shadowModel: '' })();
    const host = new SessionHost(served, services, openGate());
    closing.add(() => host.close());
    const { link, ackWaitMs, queue } = await openLink(config, log, () => worker.disconnected());
    closing.add(() => link.close());
    const names = archiveNames(config.tenant);
    const connected = () => {
      if (link.connection) return link.connection;
      throw new UndertoneError('connection_failed', 'Expected NATS to be there; it is not.');
    };
    const watch = new QueueWatch(names, () => jetstreamManager(connected(), { checkAPI: false }));
    closing.add(() => watch.close());
    const stream = { name: config.natsStream, tenant: config.tenant };
    const worker: ArchiveWorker = new ArchiveWorker({
      names,
      host,
      store: storeOf(config),
      writer: new ResultWriter(stream, () => jetstream(connected())),
      ready: async () => {
        await link.ready(readyDeadlineMs);
        return { jetstream: jetstream(connected()), consumer: queue()! };
      },
      ackWaitMs,
      metrics,
      log,
      source: `/undertone/${hostname()}`,
      recordings,
      maxDeliveries: config.archiveMaxDeliveries,
    });
    const drain = (): Promise<void> => worker.stop(config.drainSeconds * 1000 + config.shutdownGraceMs);
    closing.add(drain);
    const notReady = (): readonly string[] => reasons(worker, pool, link);
    const admin = await AdminListener.open({
      config: () => config,
      registry: metrics.registry,
      notReady,
      version: () => ({ version: serverVersion, node: process.version, models }),
      streams: () => ({ recordings: worker.running, at_a_time: recordings, queue: watch.jobs }),
      log,
    });
    log.info({ adminUrl: admin?.url, tenant: config.tenant, recordings }, 'working');
    let closed: Promise<void> | null = null;
    const closeAll = async (): Promise<void> => {
      log.info({ recordings: worker.running }, 'draining');
      await drain();
      await closing.closeAll();
      // Operators may ask until the end.
      await admin?.close();
      log.info('stopped');
    };
    return {
      adminUrl: admin?.url ?? null,
      close: () => {
        closed ??= closeAll();
        return closed;
      },
    };
  } catch (error) {
    await closing.closeAll().catch(() => {});
    throw error;
  }
}

/** Nobody waits for a recording: batches are those that wait anyway, and reading is slowed down by back-pressure alone. */
function forRecordings(config: ServerConfig): ServerConfig {
  const idleTimeoutMs = Math.max(config.idleTimeoutMs, 2000 * config.archiveReadSeconds);
  return { ...config, rateLimit: 0, batchWaitMs: 0, idleTimeoutMs };
}

/** A worker takes as many as it is told to. */
function openGate(): CapacityGate {
  const limits = { maxSessions: 0, maxUtilisation: 1 };
  return new CapacityGate({ limits: () => limits, calibrated: 1e6, sources: [], audioSeconds: () => 0 });
}

interface Link {
  readonly link: NatsLink;
  readonly ackWaitMs: () => number;
  /** Null until the link is ready. */
  readonly queue: () => Consumer | null;
}

async function openLink(config: ServerConfig, log: Logger, onDown: () => void): Promise<Link> {
  const { tenant, natsUrl: urls, natsCredsFile: credsFile, natsToken: token, natsTlsCaFile: caFile } = config;
  let queue: Consumer | null = null;
  let ackWaitMs = config.archiveAckWaitSeconds * 1000;
  const results = {
    name: config.natsStream,
    maxAgeSeconds: config.natsStreamMaxAgeSeconds,
    maxBytes: config.natsStreamMaxBytes,
    duplicateSeconds: config.natsDuplicateWindowSeconds,
    replicas: config.natsStreamReplicas,
  };
  const link = new NatsLink({
    connection: await natsConnectionOptions({ urls, credsFile, token, caFile }),
    log,
    onOpen: () => {},
    prepare: async (connection) => {
      await ensureStream(connection, tenant, results, log);
      const manager = await jetstreamManager(connection, { checkAPI: false });
      const names = archiveNames(tenant);
      ackWaitMs = await ensureQueue(manager, names, {
        replicas: config.natsStreamReplicas,
        ackWaitSeconds: config.archiveAckWaitSeconds,
      });
      queue = await jetstream(connection).consumers.get(names.jobStream, names.consumer);
    },
    onDown,
  });
  return { link, ackWaitMs: () => ackWaitMs, queue: () => queue };
}

function storeOf({
  archiveRoot,
  archiveUrls,
  archiveReadSeconds,
  maxAnalyzeBytes,
}: ServerConfig): RecordingStore {
  const urls = new UrlSource(archiveUrls, maxAnalyzeBytes);
  return new RecordingStore(
    new Map<string, RecordingSource>([
      ['file', new FolderSource(archiveRoot, maxAnalyzeBytes)],
      ['https', urls],
      ['http', urls],
    ]),
    archiveReadSeconds * 1000,
  );
}

function reasons(worker: ArchiveWorker, pool: RecognitionPool, link: NatsLink): readonly string[] {
  return [
    ...(worker.isStopping ? ['draining'] : []),
    ...(pool.isReady ? [] : ['no recognition thread']),
    ...(link.connection ? [] : ['no NATS']),
  ];
}
