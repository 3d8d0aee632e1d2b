/** `GET /v1/operator/overview` and `GET /v1/operator/events`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { UndertoneError } from '@undertone/core';
import type { Authenticator } from '../auth/principal.ts';
import { requestCredentials } from '../auth/request-credentials.ts';
import type { Logger } from '../observability/logger.ts';
import { asUndertoneError } from '../transport/as-undertone-error.ts';
import { refuseRequest } from '../transport/http/refusal.ts';
import { EventReader } from './event-reader.ts';
import { expectOperator } from './expect-operator.ts';
import { frame, type OverviewSources, overview } from './overview-source.ts';

export const overviewPath = '/v1/operator/overview';
export const eventsPath = '/v1/operator/events';

const changeEveryMs = 1000;
const slowReaderMs = 10_000;
const mostReaders = 16;

export interface OperatorDoorOptions extends OverviewSources {
  readonly authenticator: Authenticator;
  readonly log: Logger;
  /** Time between changes, and the longest that a reader may leave one untaken; the usual ones if absent. */
  readonly changeEveryMs?: number;
  readonly slowReaderMs?: number;
}

export class OperatorDoor {
  readonly #options: OperatorDoorOptions;
  readonly #readers = new Set<EventReader>();
  #timer: NodeJS.Timeout | null = null;
  #isClosed = false;

  constructor(options: OperatorDoorOptions) {
    this.#options = options;
  }

  /** Never throws, never rejects. */
  async handle(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { authenticator, log } = this.#options;
    try {
      const principal = await authenticator.authenticate(requestCredentials(request, 'http'));
      expectOperator(principal, request);
      if (response.destroyed) return;
      if (path === eventsPath) this.#read(response);
      else this.#answer(response);
    } catch (cause) {
      refuseRequest(response, asUndertoneError(cause, 'Looking at the streams failed.', log));
    }
  }

  /** Ends all events, and lets nobody read any more. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const reader of this.#readers) reader.end('draining');
    this.#readers.clear();
    this.#rest();
  }

  #answer(response: ServerResponse): void {
    const headers = {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    };
    response.writeHead(200, headers).end(`${JSON.stringify(overview(this.#options))}\n`);
  }

  /** @throws UndertoneError `going_away`, `overloaded` */
  #read(response: ServerResponse): void {
    if (this.#isClosed) throw new UndertoneError('going_away', 'The server is shutting down.');
    if (this.#readers.size >= mostReaders)
      throw new UndertoneError(
        'overloaded',
        `Expected at most ${mostReaders} readers at a time; got another.`,
      );
    const { slowReaderMs: slowMs = slowReaderMs, changeEveryMs: everyMs = changeEveryMs } = this.#options;
    const reader = new EventReader(response, frame(this.#options), performance.now(), slowMs);
    this.#readers.add(reader);
    response.once('close', () => {
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#rest();
    });
    this.#timer ??= setInterval(() => this.#tell(), everyMs).unref();
  }

  #tell(): void {
    const { log } = this.#options;
    try {
      const seen = frame(this.#options);
      const nowMs = performance.now();
      for (const reader of this.#readers) if (!reader.update(seen, nowMs)) this.#readers.delete(reader);
    } catch (err) {
      log.error({ err }, 'looking at the streams failed');
    }
  }

  /** Where nobody reads, nothing is looked at. */
  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
