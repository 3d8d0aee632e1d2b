/** A server as those see it that start it: opened with a configuration, reloaded, closed. */
import { type Access, createAccess } from './auth/create-access.ts';
import type { OnReload } from './auth/watched-file.ts';
import { Closing } from './closing.ts';
import type { ServerConfig } from './config/fields.ts';
import { isLoopback } from './config/loopback.ts';
import { ConfigReloader } from './config/reload-config.ts';
import { resolveConfig } from './config/resolve-config.ts';
import { ConsoleFiles } from './console/console-files.ts';
import { readModels } from './inference/served-models.ts';
import { hostAndPort, listen } from './listen.ts';
import { createLogger, type Logger } from './observability/logger.ts';
import { type OpenServer, openServer } from './open-server.ts';
import { parseCheckpointKeys } from './session/checkpoint-seal.ts';
import { parseAudiohookKeys } from './telephony/audiohook/keys.ts';
import { TlsFiles } from './transport/tls/tls-files.ts';
import { streamPath } from './transport/websocket/stream-request.ts';

export interface UndertoneServer {
  readonly port: number;
  /** Where streams connect. */
  readonly url: string;
  /** Where gRPC listens, `host:port`; null where it does not. */
  readonly grpcAddress: string | null;
  /** Of the admin listener; null when there is none. */
  readonly adminUrl: string | null;
  /** Of the console; null when there is none. */
  readonly consoleUrl: string | null;
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

/**
 * Loads the models, checks them, and listens.
 * @throws UndertoneError `bad_config`, `file_not_found`, `bad_manifest`, `model_mismatch`
 */
export async function createServer(options: Partial<ServerConfig> = {}): Promise<UndertoneServer> {
  const config = resolveConfig(options);
  // Said before anything is opened.
  parseCheckpointKeys(config.checkpointKey);
  parseAudiohookKeys(config.audiohookKey);
  const page = ConsoleFiles.open(config.console);
  const log = createLogger(config.logLevel);
  const onReload: OnReload = (what, problem) => {
    if (problem) log.error({ reason: problem.message }, `${what} not reloaded: what was read before stays`);
    else log.info(`${what} reloaded`);
  };
  const closing = new Closing();
  try {
    const access = createAccess(config, onReload);
    closing.add(() => access.close());
    const tls = TlsFiles.open(config, onReload);
    closing.add(() => tls?.close());
    const models = await readModels(config.model);
    const server = await openServer(config, models, { access, tls, page, log, closing });
    const port = await listen(server.http, config.host, config.port);
    return started(config, server, port, { access, page, log, closing });
  } catch (error) {
    await closing.closeAll().catch(() => {});
    throw error;
  }
}

interface Started {
  readonly access: Access;
  readonly page: ConsoleFiles | null;
  readonly log: Logger;
  readonly closing: Closing;
}

function started(
  config: ServerConfig,
  server: OpenServer,
  port: number,
  { access, page, log, closing }: Started,
): UndertoneServer {
  const address = hostAndPort(config.host, port);
  const url = `${server.isEncrypted ? 'wss' : 'ws'}://${address}${streamPath}`;
  const consoleUrl = page && `${server.isEncrypted ? 'https' : 'http'}://${address}/`;
  const { adminUrl, grpcAddress } = server;
  log.info(
    {
      url,
      grpcAddress,
      adminUrl,
      consoleUrl,
      models: server.models.all.map(({ id }) => id),
      credentials: !access.isOpen,
      capacity: server.capacity,
    },
    'listening',
  );
  if (page === null && config.console === 'auto')
    log.info('no page at /: the package @undertone/console is not there, or not built');
  if (access.isOpen && !isLoopback(config.host))
    log.warn('no credentials are configured: everybody who reaches this address is let in');
  const reloader = new ConfigReloader(config, {
    log,
    parts: server.reloadable,
    onDone: (outcome) => server.metrics.reloads.inc({ outcome }),
  });
  let closed: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    await server.drain();
    await closing.closeAll();
    log.info('stopped');
  };
  return {
    port,
    url,
    grpcAddress,
    adminUrl,
    consoleUrl,
    reload: (read) => reloader.reload(() => resolveConfig(read())),
    close: () => {
      closed ??= closeAll();
      return closed;
    },
  };
}
