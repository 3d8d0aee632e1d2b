/** Puts the server together: models in recognition threads, one HTTP server, sessions on WebSocket. */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { AdminListener } from './admin/admin-listener.ts';
import { openGate } from './admission/open-gate.ts';
import { type Access, createAccess } from './auth/create-access.ts';
import type { OnReload } from './auth/watched-file.ts';
import type { ServerConfig } from './config/fields.ts';
import { isLoopback } from './config/loopback.ts';
import { ConfigReloader, type Reloadable } from './config/reload-config.ts';
import { resolveConfig } from './config/resolve-config.ts';
import type { ModelFolder } from './inference/model-folder.ts';
import { RecognitionPool } from './inference/recognition-pool.ts';
import { modelId, readModels, ServedModels } from './inference/served-models.ts';
import { hostAndPort, listen } from './listen.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { parseCheckpointKeys } from './session/checkpoint-seal.ts';
import { SessionHost } from './session/session-host.ts';
import { GrpcListener } from './transport/grpc/grpc-listener.ts';
import { AnalyzeDoor } from './transport/http/analyze.ts';
import { handleRequest } from './transport/http/routes.ts';
import { httpServerOptions, limitSilentConnections } from './transport/http/server-options.ts';
import { TlsFiles } from './transport/tls/tls-files.ts';
import { WebSocketListener } from './transport/websocket/listener.ts';
import { streamPath } from './transport/websocket/stream-request.ts';
import { serverVersion } from './version.ts';

export interface UndertoneServer {
  readonly port: number;
  /** Where streams connect. */
  readonly url: string;
  /** Where gRPC listens, `host:port`; null where it does not. */
  readonly grpcAddress: string | null;
  /** Of the admin listener; null when there is none. */
  readonly adminUrl: string | null;
  /**
   * Takes the settings that can change while it runs, for what begins from then on, and reads files of keys and
   * certificates again. Where anything is wrong nothing changes, and the log says why; never rejects.
   * @param read throws what is wrong
   * @returns whether it was taken
   */
  reload(read: () => Partial<ServerConfig>): Promise<boolean>;
  /**
   * Takes no more streams, lets running ones go on for `drainSeconds`, ends them with their last results, and stops.
   * Idempotent.
   */
  close(): Promise<void>;
}

/** Time for clients of gRPC to take note that their connection ends, after their streams have. */
const closeGraceMs = 1000;

/** Who is let in, and by what certificate the server is known. */
interface Entrance {
  readonly access: Access;
  readonly tls: TlsFiles | null;
}

/**
 * Loads the models, checks them, and listens.
 * @throws UndertoneError `bad_config`, `file_not_found`, `bad_manifest`, `model_mismatch`
 */
export async function createServer(options: Partial<ServerConfig> = {}): Promise<UndertoneServer> {
  const config = resolveConfig(options);
  // Said before anything is opened.
  parseCheckpointKeys(config.checkpointKey);
  const log = createLogger(config.logLevel);
  const onReload: OnReload = (what, problem) => {
    if (problem) log.error({ reason: problem.message }, `${what} not reloaded: what was read before stays`);
    else log.info(`${what} reloaded`);
  };
  const access = createAccess(config, onReload);
  let tls: TlsFiles | null = null;
  try {
    tls = TlsFiles.open(config, onReload);
    return await serveModels(config, await readModels(config.model), { access, tls }, log);
  } catch (error) {
    access.close();
    tls?.close();
    throw error;
  }
}

async function serveModels(
  config: ServerConfig,
  folders: readonly ModelFolder[],
  { access, tls }: Entrance,
  log: Logger,
): Promise<UndertoneServer> {
  let draining = false;
  const loadRatio = (): number => gate.loadRatio;
  const modelFiles = folders.map(({ manifest }) => ({
    model: modelId(manifest),
    model_sha: Object.values(manifest.files)[0]!.sha256,
  }));
  const metrics = createMetrics({
    sessions: () => host.sessionCounts(),
    capacity: () => gate.capacity,
    loadRatio,
    sendBufferBytes: () => host.bufferedBytes,
    draining: () => draining,
    version: serverVersion,
    models: modelFiles,
  });
  access.control.onRefusal = (transport, reason) => metrics.authFailures.inc({ transport, reason });
  let pool: RecognitionPool;
  try {
    pool = await RecognitionPool.open({
      models: folders,
      workers: config.workers,
      batchWaitMs: config.batchWaitMs,
      maxBatch: config.maxBatch,
      workerTimeoutMs: config.workerTimeoutMs,
      onBatch: (model, { batch, seconds, queueSeconds }) => {
        metrics.inferenceBatchSize.observe(batch);
        metrics.inferenceDuration.observe({ model }, seconds);
        metrics.inferenceQueue.observe(queueSeconds);
      },
      onDeath: (cause) => {
        metrics.workerRestarts.inc();
        log.error({ err: cause }, 'a recognition thread died and is replaced');
      },
    });
  } catch (error) {
    metrics.close();
    throw error;
  }
  const models = new ServedModels(pool.models);
  // Its configuration is replaced as a whole when it is reloaded.
  const services = { config, metrics, log, now: () => performance.now() };
  const { gate, close: closeGate } = await openGate({
    limits: () => services.config,
    model: models.default,
    workers: pool.load,
    audioSeconds: async () =>
      (await metrics.audioReceived.get()).values.reduce((sum, { value }) => sum + value, 0),
    log,
  });
  const host = new SessionHost(models, services, gate);
  const listener = new WebSocketListener(host, access.control);
  const notReady = (): readonly string[] => [
    ...(draining ? ['draining'] : []),
    ...(pool.isReady ? [] : ['no recognition thread']),
    ...(loadRatio() >= 1 ? ['full'] : []),
  ];
  const sources = {
    models,
    access,
    analyze: new AnalyzeDoor(host, access.control),
    notReady: () => notReady().join('\n') || null,
  };
  const answer = (request: IncomingMessage, response: ServerResponse): void =>
    handleRequest(sources, request, response);
  const http = tls
    ? tls.createServer(answer, httpServerOptions)
    : createHttpServer(httpServerOptions, answer);
  limitSilentConnections(http);
  http.on('upgrade', (request, socket, head) => void listener.handleUpgrade(request, socket, head));

  let admin: AdminListener | null = null;
  let grpc: GrpcListener | null = null;

  const closeAll = async (): Promise<void> => {
    draining = true;
    log.info({ sessions: host.sessions }, 'draining');
    host.startDraining();
    grpc?.startDraining();
    await host.empty(services.config.drainSeconds * 1000);
    await host.endAll(services.config.shutdownGraceMs);
    host.close();
    closeGate();
    listener.close();
    await grpc?.close(closeGraceMs);
    access.close();
    tls?.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await pool.close();
    await admin?.close();
    metrics.close();
    log.info('stopped');
  };
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= closeAll();
    return closed;
  };

  const parts: Reloadable[] = [
    access,
    ...(tls ? [tls] : []),
    host,
    {
      prepare: (next) => () => {
        services.config = next;
        log.level = next.logLevel;
      },
    },
  ];
  const reloader = new ConfigReloader(config, {
    log,
    parts,
    onDone: (outcome) => metrics.reloads.inc({ outcome }),
  });

  let port: number;
  try {
    admin = await AdminListener.open({
      config: () => services.config,
      registry: metrics.registry,
      notReady,
      version: () => ({ version: serverVersion, node: process.version, models: modelFiles }),
      streams: () => ({
        streams: host.sessionCounts(),
        capacity: gate.capacity,
        load_ratio: loadRatio(),
        send_buffer_bytes: host.bufferedBytes,
        memory_bytes: process.memoryUsage(),
        uptime_seconds: process.uptime(),
      }),
      log,
    });
    grpc = await GrpcListener.open({
      host,
      authenticator: access.control,
      tls,
      isReady: () => notReady().length === 0,
    });
    port = await listen(http, config.host, config.port);
  } catch (error) {
    host.close();
    closeGate();
    listener.close();
    await grpc?.close(0);
    await pool.close();
    await admin?.close();
    metrics.close();
    throw error;
  }
  const url = `${tls ? 'wss' : 'ws'}://${hostAndPort(config.host, port)}${streamPath}`;
  const adminUrl = admin?.url ?? null;
  const grpcAddress = grpc && hostAndPort(config.host, grpc.port);
  log.info(
    {
      url,
      grpcAddress,
      adminUrl,
      models: models.all.map(({ id }) => id),
      credentials: !access.isOpen,
      capacity: gate.capacity,
    },
    'listening',
  );
  if (access.isOpen && !isLoopback(config.host))
    log.warn('no credentials are configured: everybody who reaches this address is let in');
  const reload = (read: () => Partial<ServerConfig>): Promise<boolean> =>
    reloader.reload(() => resolveConfig(read()));
  return { port, url, grpcAddress, adminUrl, reload, close };
}
