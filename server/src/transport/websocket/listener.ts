/** Turns upgrade requests on `GET /v1/stream` into sessions and keeps watch over the open ones. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { UndertoneError } from '@undertone/core';
import { newSessionId } from '@undertone/proto';
import { WebSocketServer } from 'ws';
import type { ServedModels } from '../../inference/served-models.ts';
import { Session } from '../../session/session.ts';
import type { SessionServices } from '../../session/session-services.ts';
import { refuseUpgrade } from '../http/refusal.ts';
import { type Admission, admit } from './admission.ts';
import { Connection, TellingWebSocket, WebSocketTransport } from './connection.ts';

const subprotocol = 'undertone.v1';

export interface ListenerServices extends Omit<SessionServices, 'scheduler'> {
  readonly models: ServedModels;
}

export class WebSocketListener {
  readonly #services: ListenerServices;
  readonly #server: InstanceType<typeof WebSocketServer<typeof TellingWebSocket>>;
  readonly #connections = new Set<Connection>();
  readonly #timers: NodeJS.Timeout[];
  #draining = false;
  #onEmpty: (() => void) | null = null;

  constructor(services: ListenerServices) {
    this.#services = services;
    const { maxFrameBytes, pingIntervalMs, idleTimeoutMs } = services.config;
    const options = {
      noServer: true,
      clientTracking: false,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      // A message in countless tiny pieces would cost memory out of proportion to its bytes.
      maxFragments: 1024,
      maxBufferedChunks: 4096,
      closeTimeout: 5000,
      WebSocket: TellingWebSocket,
      handleProtocols: (offered: Set<string>) => (offered.has(subprotocol) ? subprotocol : false),
    };
    this.#server = new WebSocketServer(options);
    const each = (action: (connection: Connection) => void, everyMs: number): NodeJS.Timeout =>
      setInterval(() => this.#connections.forEach(action), everyMs).unref();
    this.#timers = [
      each((connection) => connection.session.checkLimits(), Math.min(1000, idleTimeoutMs / 4)),
      each((connection) => connection.ping(), pingIntervalMs),
    ];
  }

  get sessions(): number {
    return this.#connections.size;
  }

  get bufferedBytes(): number {
    let bytes = 0;
    for (const { session } of this.#connections) bytes += session.bufferedBytes;
    return bytes;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    let admission: Admission;
    try {
      this.#expectCapacity();
      admission = admit(request, this.#services.config, this.#services.models);
    } catch (cause) {
      const error = this.#asUndertoneError(cause);
      this.#services.metrics.errors.inc({ code: error.code });
      refuseUpgrade(socket, error);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#open(webSocket, admission));
  }

  #open(webSocket: TellingWebSocket, { config, model }: Admission): void {
    try {
      const services = { ...this.#services, scheduler: model.scheduler };
      const session = new Session(newSessionId(), config, services, new WebSocketTransport(webSocket));
      const connection = new Connection(webSocket, session, () => this.#remove(connection));
      this.#connections.add(connection);
      session.begin();
    } catch (cause) {
      // The handshake is over; the others must not suffer for what this stream met.
      this.#services.log.error({ err: cause }, 'opening a stream failed');
      webSocket.terminate();
    }
  }

  /** From now on no stream is taken. */
  startDraining(): void {
    this.#draining = true;
  }

  /** Resolves when no connection is left, or after `timeoutMs`. */
  async empty(timeoutMs: number): Promise<void> {
    if (this.#connections.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
      timer = setTimeout(resolve, timeoutMs);
    });
    clearTimeout(timer);
    this.#onEmpty = null;
  }

  /** Ends all streams with their last results; resolves when they are gone or `graceMs` is over. */
  async endAll(graceMs: number): Promise<void> {
    for (const { session } of this.#connections) session.goAway();
    await this.empty(graceMs);
    for (const connection of this.#connections) connection.terminate();
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#server.close();
  }

  #expectCapacity(): void {
    const { maxSessions } = this.#services.config;
    if (this.#draining)
      throw new UndertoneError('going_away', 'The server is shutting down and takes no new stream.');
    if (this.#connections.size >= maxSessions) {
      throw new UndertoneError(
        'overloaded',
        `Expected at most ${maxSessions} streams at a time; all are taken.`,
      );
    }
  }

  #asUndertoneError(cause: unknown): UndertoneError {
    if (cause instanceof UndertoneError) return cause;
    this.#services.log.error({ err: cause }, 'upgrade failed');
    return new UndertoneError('internal', 'Opening the stream failed.', { cause });
  }

  #remove(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }
}
