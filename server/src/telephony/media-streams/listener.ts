/** Takes the connections of makers of telephony on the paths of `flavours`. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { UndertoneError } from '@undertone/core';
import { type WebSocket, WebSocketServer } from 'ws';
import { answeredSubprotocol } from '../../auth/bearer.ts';
import type { Authenticator, Principal } from '../../auth/principal.ts';
import { requestCredentials } from '../../auth/request-credentials.ts';
import type { SessionHost } from '../../session/session-host.ts';
import { asUndertoneError } from '../../transport/as-undertone-error.ts';
import { refuseUpgrade } from '../../transport/http/refusal.ts';
import { MediaStreamConnection } from './connection.ts';
import { type Flavour, flavourAt } from './flavour.ts';
import { isSignedBy } from './signature.ts';

/** Far above a second of audio in base64. */
const maxMessageBytes = 262_144;

export class MediaStreamListener {
  readonly #host: SessionHost;
  readonly #authenticator: Authenticator;
  readonly #server: WebSocketServer;
  readonly #connections = new Set<MediaStreamConnection>();
  readonly #pingTimer: NodeJS.Timeout;
  #onEmpty: (() => void) | null = null;

  constructor(host: SessionHost, authenticator: Authenticator) {
    this.#host = host;
    this.#authenticator = authenticator;
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: maxMessageBytes,
      perMessageDeflate: false,
      // Bad text costs its message, as all that is bad does, and not the connection.
      skipUTF8Validation: true,
      handleProtocols: (offered) => answeredSubprotocol(offered, []),
    });
    this.#pingTimer = setInterval(() => {
      for (const connection of this.#connections) connection.ping();
    }, host.services.config.pingIntervalMs).unref();
  }

  takes(path: string): boolean {
    return flavourAt(path) !== undefined;
  }

  /** Never throws: who may not enter is refused on its socket. */
  async handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const ignore = (): void => {};
    socket.on('error', ignore);
    const { services } = this.#host;
    let principal: Principal;
    const flavour = flavourAt((request.url ?? '').split('?', 1)[0]!)!;
    try {
      this.#host.expectRoom();
      principal = await this.#identify(request, flavour);
    } catch (cause) {
      const error = asUndertoneError(cause, 'Opening a call failed.', services.log);
      this.#host.countRefusal(error);
      refuseUpgrade(socket, error);
      return;
    }
    if (socket.destroyed) return;
    socket.off('error', ignore);
    const { traceparent } = request.headers;
    this.#server.handleUpgrade(request, socket, head, (webSocket) =>
      this.#connect(webSocket, flavour, principal, traceparent),
    );
  }

  /** Gives the other side so long to end its connections, and cuts what is left. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#pingTimer);
    if (this.#connections.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
        timer = setTimeout(resolve, graceMs);
      });
      clearTimeout(timer);
    }
    for (const connection of this.#connections) connection.terminate();
    this.#server.close();
  }

  #remove(connection: MediaStreamConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  #connect(
    socket: WebSocket,
    flavour: Flavour,
    principal: Principal,
    traceparent: string | readonly string[] | undefined,
  ): void {
    const connection: MediaStreamConnection = new MediaStreamConnection({
      flavour,
      socket,
      services: this.#host.services,
      open: async ({ query }, transport) => {
        const asked = { transport: flavour.name, query, principal, traceparent };
        return this.#host.open(await this.#host.admit(asked), transport);
      },
      onRefused: (error) => this.#host.countRefusal(error),
      onClosed: () => this.#remove(connection),
    });
    this.#connections.add(connection);
  }

  /** @throws UndertoneError `forbidden`, and what the authenticator throws */
  async #identify(request: IncomingMessage, { name, isSigned, path }: Flavour): Promise<Principal> {
    const { twilioAuthToken, publicUrl } = this.#host.services.config;
    if (!isSigned || twilioAuthToken.length === 0)
      return this.#authenticator.authenticate(requestCredentials(request, name));
    const signature = request.headers['x-twilio-signature'];
    const address = new URL(path, publicUrl).href;
    if (typeof signature === 'string' && isSignedBy(signature, address, twilioAuthToken))
      return { id: name, anonymous: false };
    const found = signature === undefined ? 'none' : 'one that does not fit';
    throw new UndertoneError(
      'forbidden',
      `Expected the header X-Twilio-Signature, made with the account's token for ${address}; got ${found}.`,
    );
  }
}
