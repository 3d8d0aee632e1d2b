/** Turns upgrade requests on `GET /v1/stream` and `/v1/listen` into sessions and pings the open ones. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UndertoneError } from '@undertone/core';
import { streamSubprotocol } from '@undertone/proto';
import { protobufSubprotocol } from '@undertone/proto/protobuf';
import { WebSocketServer } from 'ws';
import { answeredSubprotocol } from '../../auth/bearer.ts';
import type { Authenticator } from '../../auth/principal.ts';
import { requestCredentials } from '../../auth/request-credentials.ts';
import type { SessionHost } from '../../session/session-host.ts';
import type { Admission } from '../../session/stream-request.ts';
import { asUndertoneError } from '../as-undertone-error.ts';
import { refuseUpgrade } from '../http/refusal.ts';
import { Connection, TellingWebSocket, WebSocketTransport } from './connection.ts';
import { deepgramFormat } from './deepgram-messages.ts';
import type { ListenOptions } from './listen-query.ts';
import { readUpgradeRequest } from './stream-request.ts';
import { asksToBeTold, ToldRefusals } from './told-refusals.ts';
import { jsonFormat, protobufFormat, type WireFormat } from './wire-format.ts';

export class WebSocketListener {
  readonly #host: SessionHost;
  readonly #authenticator: Authenticator;
  readonly #server: InstanceType<typeof WebSocketServer<typeof TellingWebSocket>>;
  readonly #connections = new Set<Connection>();
  readonly #refusals = new ToldRefusals();
  readonly #pingTimer: NodeJS.Timeout;

  constructor(host: SessionHost, authenticator: Authenticator) {
    this.#host = host;
    this.#authenticator = authenticator;
    const { maxFrameBytes, pingIntervalMs } = host.services.config;
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
      handleProtocols: (offered: Set<string>) =>
        answeredSubprotocol(offered, [streamSubprotocol, protobufSubprotocol]),
    };
    this.#server = new WebSocketServer(options);
    this.#pingTimer = setInterval(() => {
      for (const connection of this.#connections) connection.ping();
    }, pingIntervalMs).unref();
  }

  /** Never throws: a request that cannot become a stream is refused on its socket. */
  async handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until `ws` listens: a peer that is gone while it is being admitted must not end the process.
    const ignore = (): void => {};
    socket.on('error', ignore);
    let admission: Admission;
    let listen: ListenOptions | undefined;
    try {
      this.#host.expectRoom();
      const { traceparent } = request.headers;
      const asked = readUpgradeRequest(request, (model) => this.#isServed(model));
      listen = asked.listen;
      const principal = await this.#authenticator.authenticate(requestCredentials(request, 'websocket'));
      const { query } = asked;
      admission = await this.#host.admit({ transport: 'websocket', query, principal, traceparent });
    } catch (cause) {
      const error = asUndertoneError(cause, 'Opening a stream failed.', this.#host.services.log);
      this.#host.countRefusal(error);
      socket.off('error', ignore);
      this.#refuse(request, socket, head, error);
      return;
    }
    if (socket.destroyed) {
      admission.lease.release();
      return;
    }
    // Also where the handshake fails, of which nobody is told.
    socket.once('close', () => admission.lease.release());
    socket.off('error', ignore);
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#open(webSocket, listen ? deepgramFormat(listen) : formatOf(webSocket), admission);
    });
  }

  #refuse(request: IncomingMessage, socket: Duplex, head: Buffer, error: UndertoneError): void {
    const isTold =
      asksToBeTold(request) &&
      this.#authenticator.mayBeTold(requestCredentials(request, 'websocket')) &&
      this.#refusals.tell(request, socket, head, error);
    if (!isTold) refuseUpgrade(socket, error);
  }

  #isServed(model: string): boolean {
    return this.#host.models.all.some(({ id, manifest }) => id === model || manifest.name === model);
  }

  #open(webSocket: TellingWebSocket, format: WireFormat, admission: Admission): void {
    try {
      const session = this.#host.open(admission, new WebSocketTransport(webSocket, format));
      const connection = new Connection(webSocket, format, session, () =>
        this.#connections.delete(connection),
      );
      this.#connections.add(connection);
    } catch (cause) {
      // The handshake is over; the others must not suffer for what this stream met.
      this.#host.services.log.error({ err: cause }, 'opening a stream failed');
      webSocket.terminate();
    }
  }

  /** Cuts what is still connected. */
  close(): void {
    clearInterval(this.#pingTimer);
    for (const connection of this.#connections) connection.terminate();
    this.#refusals.close();
    this.#server.close();
  }
}

function formatOf({ protocol }: TellingWebSocket): WireFormat {
  return protocol === protobufSubprotocol ? protobufFormat : jsonFormat;
}
