/** Puts the server together: one model, one scheduler, one HTTP server, sessions on WebSocket. */
import { createServer as createHttpServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BatchScheduler, type ModelRuntime, UndertoneError } from '@undertone/core';
import type { ServerConfig } from './config/fields.ts';
import { resolveConfig } from './config/resolve-config.ts';
import { loadModelFolder } from './inference/model-folder.ts';
import { createLogger } from './observability/logger.ts';
import { createMetrics } from './observability/metrics.ts';
import { handleRequest } from './transport/http/routes.ts';
import { streamPath } from './transport/websocket/admission.ts';
import { WebSocketListener } from './transport/websocket/listener.ts';
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
 * Loads the model, checks it, and listens.
 * @throws UndertoneError `bad_config`, `file_not_found`, `bad_manifest`, `model_mismatch`
 */
export async function createServer(options: Partial<ServerConfig> = {}): Promise<UndertoneServer> {
  const config = resolveConfig(options);
  return serveModel(config, await loadModelFolder(config.model));
}

/** The server for a model that is loaded already; it closes the model when it closes. */
async function serveModel(config: ServerConfig, model: ModelRuntime): Promise<UndertoneServer> {
  const log = createLogger(config.logLevel);
  const { manifest } = model;
  let draining = false;
  const metrics = createMetrics({
    sessions: () => listener.sessions,
    capacity: config.maxSessions,
    sendBufferBytes: () => listener.bufferedBytes,
    draining: () => draining,
    build: {
      version: serverVersion,
      model: `${manifest.name}@${manifest.version}`,
      model_sha: Object.values(manifest.files)[0]!.sha256,
    },
  });
  const scheduler = new BatchScheduler(model, {
    maxBatch: config.maxBatch,
    defer: (run) => void (config.batchWaitMs === 0 ? setImmediate(run) : setTimeout(run, config.batchWaitMs)),
    now: () => performance.now() / 1000,
    onBatch: ({ batch, seconds }) => {
      metrics.inferenceBatchSize.observe(batch);
      metrics.inferenceDuration.observe({ model: manifest.name }, seconds);
    },
  });
  const listener = new WebSocketListener({ scheduler, config, metrics, log, now: () => performance.now() });
  const notReady = (): string | null => (draining ? 'draining' : null);
  const http = createHttpServer((request, response) =>
    handleRequest({ registry: metrics.registry, notReady }, request, response),
  );
  http.on('upgrade', (request, socket, head) => listener.handleUpgrade(request, socket, head));

  const closeAll = async (): Promise<void> => {
    draining = true;
    log.info({ sessions: listener.sessions }, 'draining');
    listener.startDraining();
    await listener.empty(config.drainSeconds * 1000);
    await listener.endAll(config.shutdownGraceMs);
    listener.close();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await scheduler.close();
    await model.close();
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
    listener.close();
    await model.close();
    metrics.close();
    throw error;
  }
  const { port } = http.address() as AddressInfo;
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  const url = `ws://${host}:${port}${streamPath}`;
  log.info({ url, model: `${manifest.name}@${manifest.version}` }, 'listening');
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
