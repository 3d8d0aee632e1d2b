/** Puts the server together: models with a scheduler each, one HTTP server, sessions on WebSocket. */
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchScheduler, type ModelRuntime, UndertoneError } from '@undertone/core';
import type { ServerConfig } from './config/fields.ts';
import { resolveConfig } from './config/resolve-config.ts';
import { loadModels, modelId, ServedModels } from './inference/served-models.ts';
import { createLogger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { SessionHost } from './session/session-host.ts';
import { handleRequest } from './transport/http/routes.ts';
import { WebSocketListener } from './transport/websocket/listener.ts';
import { streamPath } from './transport/websocket/stream-request.ts';
import { serverVersion } from './version.ts';

export interface UndertoneServer {
  readonly port: number;
  /** Where streams connect. */
  readonly url: string;
  /**
   * Takes no more streams, lets running ones go on for `drainSeconds`, ends them with their last results, and stops.
   * Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Loads the models, checks them, and listens.
 * @throws UndertoneError `bad_config`, `file_not_found`, `bad_manifest`, `model_mismatch`
 */
export async function createServer(options: Partial<ServerConfig> = {}): Promise<UndertoneServer> {
  const config = resolveConfig(options);
  return serveModels(config, await loadModels(config.model));
}

/** The server for models that are loaded already; it closes them when it closes. */
async function serveModels(
  config: ServerConfig,
  runtimes: readonly ModelRuntime[],
): Promise<UndertoneServer> {
  const log = createLogger(config.logLevel);
  let draining = false;
  const metrics = createMetrics({
    sessions: () => host.sessions,
    capacity: config.maxSessions,
    sendBufferBytes: () => host.bufferedBytes,
    draining: () => draining,
    version: serverVersion,
    models: runtimes.map(({ manifest }) => ({
      model: modelId(manifest),
      model_sha: Object.values(manifest.files)[0]!.sha256,
    })),
  });
  const createScheduler = (model: ModelRuntime): BatchScheduler =>
    new BatchScheduler(model, {
      maxBatch: config.maxBatch,
      defer: (run) =>
        void (config.batchWaitMs === 0 ? setImmediate(run) : setTimeout(run, config.batchWaitMs)),
      now: () => performance.now() / 1000,
      onBatch: ({ batch, seconds }) => {
        metrics.inferenceBatchSize.observe(batch);
        metrics.inferenceDuration.observe({ model: modelId(model.manifest) }, seconds);
      },
    });
  const models = new ServedModels(runtimes, createScheduler);
  const host = new SessionHost(models, { config, metrics, log, now: () => performance.now() });
  const listener = new WebSocketListener(host);
  const notReady = (): string | null => (draining ? 'draining' : null);
  const http = createHttpServer((request, response) =>
    handleRequest({ registry: metrics.registry, models, notReady }, request, response),
  );
  http.on('upgrade', (request, socket, head) => void listener.handleUpgrade(request, socket, head));

  const closeAll = async (): Promise<void> => {
    draining = true;
    log.info({ sessions: host.sessions }, 'draining');
    host.startDraining();
    await host.empty(config.drainSeconds * 1000);
    await host.endAll(config.shutdownGraceMs);
    host.close();
    listener.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await models.close();
    metrics.close();
    log.info('stopped');
  };
  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= closeAll();
    return closed;
  };

  try {
    await listen(http, config);
  } catch (error) {
    host.close();
    listener.close();
    await models.close();
    metrics.close();
    throw error;
  }
  const { port } = http.address() as AddressInfo;
  const address = config.host.includes(':') ? `[${config.host}]` : config.host;
  const url = `ws://${address}:${port}${streamPath}`;
  log.info({ url, models: models.all.map(({ id }) => id) }, 'listening');
  return { port, url, close };
}

async function listen(http: Server, { host, port }: ServerConfig): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', (cause) => {
      reject(
        new UndertoneError('bad_config', `Expected to listen on ${host}:${port}; ${cause.message}.`, {
          cause,
        }),
      );
    });
    http.listen(port, host, resolve);
  });
}
