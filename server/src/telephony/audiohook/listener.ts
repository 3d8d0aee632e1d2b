/** Takes the connections of Genesys Cloud on `/v1/audiohook`. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { UndertoneError } from '@undertone/core';
import { WebSocketServer } from 'ws';
import type { Authenticator, Principal } from '../../auth/principal.ts';
import { requestCredentials } from '../../auth/request-credentials.ts';
import type { SessionHost } from '../../session/session-host.ts';
import { asUndertoneError } from '../../transport/as-undertone-error.ts';
import { refuseUpgrade } from '../../transport/http/refusal.ts';
import { AudiohookCall } from './call.ts';
import { parseAudiohookKeys } from './keys.ts';
import { isUuid } from './messages.ts';
import { SeenNonces } from './seen-nonces.ts';
import { whyNotGenuine } from './signature.ts';

const path = '/v1/audiohook';
/** Ten seconds of two channels of 16 bits, and above the limit of text, which is answered. */
const maxMessageBytes = 320_000;
/** Valid for some seconds each. */
const maxNonces = 100_000;
/** A refusal takes as long whatever its reason. */
const refusalMs = 500;
const maxReasonCharacters = 120;

export class AudiohookListener {
  readonly #host: SessionHost;
  readonly #authenticator: Authenticator;
  readonly #server: WebSocketServer;
  readonly #calls = new Set<AudiohookCall>();
  readonly #nonces = new SeenNonces(maxNonces);
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
    });
    this.#pingTimer = setInterval(() => {
      for (const call of this.#calls) call.ping();
    }, host.services.config.pingIntervalMs).unref();
  }

  takes(asked: string): boolean {
    return asked === path;
  }

  /** Never throws: who may not enter is refused on its socket. */
  async handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const ignore = (): void => {};
    socket.on('error', ignore);
    const { services } = this.#host;
    let principal: Principal;
    try {
      this.#host.expectRoom();
      principal = await this.#identify(request);
    } catch (cause) {
      const error = asUndertoneError(cause, 'Opening a call failed.', services.log);
      this.#host.countRefusal(error);
      refuseUpgrade(socket, error);
      return;
    }
    if (socket.destroyed) return;
    socket.off('error', ignore);
    const { headers } = request;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      const call: AudiohookCall = new AudiohookCall({
        socket: webSocket,
        services,
        sessionId: uuidOf(headers['audiohook-session-id']),
        organizationId: uuidOf(headers['audiohook-organization-id']),
        open: async (query, transport) => {
          const { traceparent } = headers;
          const admission = await this.#host.admit({ transport: 'audiohook', query, principal, traceparent });
          return this.#host.open(admission, transport);
        },
        onRefused: (error) => this.#host.countRefusal(error),
        onClosed: () => this.#remove(call),
      });
      this.#calls.add(call);
    });
  }

  /** Gives the other side so long to end its connections, and cuts what is left. */
  async close(graceMs: number): Promise<void> {
    clearInterval(this.#pingTimer);
    if (this.#calls.size > 0) {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        this.#onEmpty = resolve;
        timer = setTimeout(resolve, graceMs);
      });
      clearTimeout(timer);
    }
    for (const call of this.#calls) call.terminate();
    this.#server.close();
  }

  #remove(call: AudiohookCall): void {
    this.#calls.delete(call);
    if (this.#calls.size === 0) this.#onEmpty?.();
  }

  /** @throws UndertoneError `unauthorized`, and what the authenticator throws */
  async #identify(request: IncomingMessage): Promise<Principal> {
    const { config, log, metrics } = this.#host.services;
    if (config.audiohookKey.length === 0)
      return this.#authenticator.authenticate(requestCredentials(request, 'audiohook'));
    const keys = parseAudiohookKeys(config.audiohookKey);
    const nowSeconds = Date.now() / 1000;
    const reason = whyNotGenuine(
      {
        target: request.url ?? '/',
        headers: request.headers,
        authorities: authoritiesOf(request, config.publicUrl),
      },
      {
        secretOf: (apiKey) => keys.get(apiKey),
        nowSeconds,
        isNew: (nonce, until) => this.#nonces.add(nonce, until, nowSeconds),
      },
    );
    if (reason === null) return { id: `audiohook:${request.headers['x-api-key']}`, anonymous: false };
    // It may name what the request has in its headers.
    log.warn({ transport: 'audiohook', reason: reason.slice(0, maxReasonCharacters) }, 'connection refused');
    metrics.authFailures.inc({ transport: 'audiohook', reason: 'bad_signature' });
    await new Promise((resolve) => setTimeout(resolve, refusalMs));
    throw new UndertoneError(
      'unauthorized',
      'Expected X-API-KEY and a signature made with its secret, not used before; the log says what is wrong.',
    );
  }
}

/** The host as the request has it, and as it is known outside: a proxy may have changed it. */
function authoritiesOf({ headers }: IncomingMessage, publicUrl: string): readonly string[] {
  const host = (headers.host ?? '').toLowerCase().replace(/:(443|80)$/, '');
  return publicUrl === '' ? [host] : [host, new URL(publicUrl).host];
}

function uuidOf(value: string | readonly string[] | undefined): string | null {
  const isNull = value === '00000000-0000-0000-0000-000000000000';
  return isUuid(value) && !isNull ? value : null;
}
