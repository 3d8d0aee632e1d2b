/** `GET /v1/operator/calls` and `GET /v1/operator/calls/SESSION/events`: calls that JetStream keeps, for operators. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { UndertoneError } from '@undertone/core';
import type { Authenticator } from '../../auth/principal.ts';
import { requestCredentials } from '../../auth/request-credentials.ts';
import type { ServerConfig } from '../../config/fields.ts';
import type { Logger } from '../../observability/logger.ts';
import { asUndertoneError } from '../../transport/as-undertone-error.ts';
import { refuseRequest } from '../../transport/http/refusal.ts';
import { expectOperator } from '../expect-operator.ts';
import { type CallsQuery, isCallsPath, parseCallsQuery } from './calls-query.ts';
import type { KeptCalls } from './kept-calls.ts';

export interface CallsDoorOptions {
  readonly config: Pick<
    ServerConfig,
    'natsUrl' | 'tenant' | 'natsCredsFile' | 'natsToken' | 'natsTlsCaFile' | 'natsStream'
  >;
  readonly authenticator: Authenticator;
  readonly log: Logger;
}

const mostAtATime = 4;

export class CallsDoor {
  readonly #options: CallsDoorOptions;
  #kept: Promise<KeptCalls> | null = null;
  #asking = 0;

  constructor(options: CallsDoorOptions) {
    this.#options = options;
  }

  takes(path: string): boolean {
    return isCallsPath(path);
  }

  /** Never throws, never rejects. */
  async handle(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authenticator, log } = this.#options;
    try {
      const principal = await authenticator.authenticate(requestCredentials(request, 'http'));
      expectOperator(principal, request);
      const query = parseCallsQuery(path, (request.url ?? '').split('?', 2)[1] ?? '');
      const body = `${JSON.stringify(await this.#answer(query))}\n`;
      const headers = {
        'Content-Type': 'application/json; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      };
      response.writeHead(200, headers).end(body);
    } catch (cause) {
      const error = asUndertoneError(cause, 'Looking at kept calls failed.', log);
      if (error.cause !== undefined) log.warn({ err: error.cause }, 'looking at kept calls failed');
      refuseRequest(response, error);
    }
  }

  async close(): Promise<void> {
    const kept = await this.#kept?.catch(() => null);
    await kept?.close();
  }

  async #answer(query: CallsQuery): Promise<object> {
    if (this.#options.config.natsUrl.length === 0)
      throw new UndertoneError(
        'not_found',
        'Expected a server that publishes to NATS (natsUrl); this one does not.',
      );
    if (this.#asking >= mostAtATime)
      throw new UndertoneError(
        'overloaded',
        `Expected at most ${mostAtATime} questions at a time; got another.`,
      );
    this.#asking++;
    try {
      this.#kept ??= this.#open();
      const kept = await this.#kept;
      return query.kind === 'calls'
        ? await kept.begun(query.since, query.page)
        : await kept.events(query.session, query.page);
    } finally {
      this.#asking--;
    }
  }

  async #open(): Promise<KeptCalls> {
    // The client of NATS takes memory that nobody else should pay for.
    const { KeptCalls: Kept } = await import('./kept-calls.ts');
    const { config } = this.#options;
    return new Kept({
      urls: config.natsUrl,
      tenant: config.tenant,
      credsFile: config.natsCredsFile,
      token: config.natsToken,
      caFile: config.natsTlsCaFile,
      stream: config.natsStream,
    });
  }
}
