/** Puts the server together: models in recognition threads, sessions, and the doors through which streams come. */
import type { Server } from 'node:http';
import { AdminListener } from './admin/admin-listener.ts';
import { openGate } from './admission/open-gate.ts';
import { openAlertRules } from './alerts/open-alert-rules.ts';
import { reloadAlertRules } from './alerts/reload-alert-rules.ts';
import type { Access } from './auth/create-access.ts';
import type { Closing } from './closing.ts';
import type { ServerConfig } from './config/fields.ts';
import type { Reloadable } from './config/reload-config.ts';
import type { ConsoleFiles } from './console/console-files.ts';
import type { ModelFolder } from './inference/model-folder.ts';
import { openRecognition } from './inference/open-recognition.ts';
import { modelId, ServedModels } from './inference/served-models.ts';
import { hostAndPort } from './listen.ts';
import type { Logger } from './observability/logger.ts';
import { createMetrics, type ServerMetrics } from './observability/metrics.ts';
import { CallsDoor } from './operator/calls/calls-door.ts';
import { OperatorDoor } from './operator/operator-door.ts';
import { SessionHost } from './session/session-host.ts';
import { openSinks } from './sink/open-sinks.ts';
import { parseAudiohookKeys } from './telephony/audiohook/keys.ts';
import { AudiohookListener } from './telephony/audiohook/listener.ts';
import { MediaStreamListener } from './telephony/media-streams/listener.ts';
import { GrpcListener } from './transport/grpc/grpc-listener.ts';
import { AnalyzeDoor } from './transport/http/analyze.ts';
import { closeHttpDoor, createHttpDoor } from './transport/http/http-door.ts';
import type { TlsFiles } from './transport/tls/tls-files.ts';
import { WebSocketListener } from './transport/websocket/listener.ts';
import { serverVersion } from './version.ts';

/** Time for clients to take note that their connection ends, after their streams have. */
const closeGraceMs = 1000;

export interface ServerSurroundings {
  /** Who is let in. */
  readonly access: Access;
  /** By what certificate the server is known. */
  readonly tls: TlsFiles | null;
  /** The console. */
  readonly page: ConsoleFiles | null;
  readonly log: Logger;
  /** Is told of all that is opened, also where opening fails. */
  readonly closing: Closing;
}

export interface OpenServer {
  /** Does not listen yet. */
  readonly http: Server;
  readonly isEncrypted: boolean;
  readonly grpcAddress: string | null;
  readonly adminUrl: string | null;
  readonly models: ServedModels;
  readonly metrics: ServerMetrics;
  readonly reloadable: readonly Reloadable[];
  /** Streams that it takes at a time. */
  readonly capacity: number;
  /** Lets nobody in any more, and ends the streams; resolves when they are gone or their time is over. */
  drain(): Promise<void>;
}

/** @throws UndertoneError `bad_config`, `bad_manifest`, `model_mismatch` */
export async function openServer(
  config: ServerConfig,
  folders: readonly ModelFolder[],
  { access, tls, page, log, closing }: ServerSurroundings,
): Promise<OpenServer> {
  const modelFiles = folders.map(({ manifest }) => ({
    model: modelId(manifest),
    model_sha: Object.values(manifest.files)[0]!.sha256,
  }));
  // Metrics ask when they are read, which is when all below is there.
  const metrics = createMetrics({
    sessions: () => host.sessionCounts(),
    capacity: () => gate.capacity,
    loadRatio: () => gate.loadRatio,
    sendBufferBytes: () => host.bufferedBytes,
    draining: () => host.isDraining,
    sinkBacklog: () => sinks.backlog(),
    version: serverVersion,
    models: modelFiles,
    evaluations: folders.map(({ manifest }) => ({ model: modelId(manifest), metrics: manifest.metrics })),
  });
  closing.add(() => metrics.close());
  let admin: AdminListener | null = null;
  // Operators may ask until the end.
  closing.add(() => admin?.close());
  access.control.onRefusal = (transport, reason) => metrics.authFailures.inc({ transport, reason });
  const labels = folders.flatMap(({ manifest }) => manifest.labels);
  const { alertRules } = openAlertRules(config, labels);
  const sinks = await openSinks(config, metrics, log);
  // After all that could still have results.
  closing.add(() => sinks.close(services.config.shutdownGraceMs));
  const pool = await openRecognition(config, folders, metrics, log);
  closing.add(() => pool.close());
  const models = new ServedModels(pool.models);
  models.prepare(config)();
  // Its configuration is replaced as a whole when it is reloaded.
  const services = { config, metrics, log, sinks, alertRules, now: () => performance.now() };
  const { gate, close: closeGate } = await openGate({
    limits: () => services.config,
    model: models.default,
    workers: pool.load,
    audioSeconds: async () =>
      (await metrics.audioReceived.get()).values.reduce((sum, { value }) => sum + value, 0),
    log,
  });
  closing.add(closeGate);
  const host = new SessionHost(models, services, gate);
  closing.add(() => host.close());
  const listener = new WebSocketListener(host, access.control);
  closing.add(() => listener.close());
  const telephony = [
    new MediaStreamListener(host, access.control),
    new AudiohookListener(host, access.control),
  ];
  closing.add(() => Promise.all(telephony.map((door) => door.close(closeGraceMs))));
  const notReady = (): readonly string[] => [
    ...(host.isDraining ? ['draining'] : []),
    ...(pool.isReady ? [] : ['no recognition thread']),
    ...(gate.loadRatio >= 1 ? ['full'] : []),
  ];
  const operator = new OperatorDoor({ host, gate, authenticator: access.control, log });
  closing.add(() => operator.close());
  const calls = new CallsDoor({ config, authenticator: access.control, log });
  closing.add(() => calls.close());
  admin = await AdminListener.open({
    config: () => services.config,
    registry: metrics.registry,
    notReady,
    version: () => ({ version: serverVersion, node: process.version, models: modelFiles }),
    streams: () => ({
      streams: host.sessionCounts(),
      capacity: gate.capacity,
      load_ratio: gate.loadRatio,
      send_buffer_bytes: host.bufferedBytes,
      memory_bytes: process.memoryUsage(),
      uptime_seconds: process.uptime(),
    }),
    log,
  });
  const grpc = await GrpcListener.open({
    host,
    authenticator: access.control,
    tls,
    isReady: () => notReady().length === 0,
  });
  closing.add(() => grpc?.close(closeGraceMs));
  const sources = {
    models,
    access,
    operator,
    calls,
    console: page,
    analyze: new AnalyzeDoor(host, access.control),
    notReady: () => notReady().join('\n') || null,
  };
  const http = createHttpDoor(sources, { streams: listener, telephony }, tls);
  closing.add(() => closeHttpDoor(http));
  const takeConfig: Reloadable = {
    prepare: (next) => {
      parseAudiohookKeys(next.audiohookKey);
      return () => {
        services.config = next;
        log.level = next.logLevel;
      };
    },
  };
  return {
    http,
    isEncrypted: tls !== null,
    grpcAddress: grpc && hostAndPort(config.host, grpc.port),
    adminUrl: admin?.url ?? null,
    models,
    metrics,
    reloadable: [
      access,
      ...(tls ? [tls] : []),
      host,
      models,
      reloadAlertRules(services, labels, log),
      takeConfig,
    ],
    capacity: gate.capacity,
    drain: async () => {
      log.info({ sessions: host.sessions }, 'draining');
      host.startDraining();
      operator.close();
      grpc?.startDraining();
      await host.empty(services.config.drainSeconds * 1000);
      await host.endAll(services.config.shutdownGraceMs);
    },
  };
}
